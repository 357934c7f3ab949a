package compile

import (
	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

func seasonalOf(d v1alpha1.SeasonalDemand) demand.Seasonal {
	return demand.Seasonal{Signal: d.Signal, PerReplica: float64(d.PerReplica), StartUp: d.StartUp.Duration}
}

// recalls tells whether a demand wants to know the last days of a signal.
func recalls(spec v1alpha1.ScalingPolicySpec, signal string) bool {
	for _, d := range spec.Demand {
		if d.Seasonal != nil && d.Seasonal.Signal == signal {
			return true
		}
	}
	return false
}
