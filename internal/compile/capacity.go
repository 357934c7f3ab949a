package compile

import (
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// startUpOf is from the order of a replica until it serves: given, or, as 0, to be
// learned. Where no workload shows its replicas, nothing can be.
func startUpOf(given *v1alpha1.Duration, spec v1alpha1.ScalingPolicySpec) time.Duration {
	switch {
	case given != nil:
		return given.Duration
	case spec.Workload == nil:
		return estimate.PriorStartUp
	default:
		return 0
	}
}

// capacityOf is what a replica carries: given, or to be learned.
func capacityOf(fixed v1alpha1.Number, c *v1alpha1.CapacityRule) demand.Capacity {
	if c == nil {
		return demand.Capacity{Fixed: float64(fixed)}
	}
	return demand.Capacity{Latency: c.Latency, Within: c.Within.Seconds(), Start: float64(c.Start)}
}
