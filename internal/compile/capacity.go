package compile

import (
	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

// capacityOf is what a replica carries: given, or to be learned.
func capacityOf(fixed v1alpha1.Number, c *v1alpha1.CapacityRule) demand.Capacity {
	if c == nil {
		return demand.Capacity{Fixed: float64(fixed)}
	}
	return demand.Capacity{Latency: c.Latency, Within: c.Within.Seconds(), Start: float64(c.Start)}
}
