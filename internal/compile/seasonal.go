package compile

import (
	"slices"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

func seasonalOf(d v1alpha1.SeasonalDemand, spec v1alpha1.ScalingPolicySpec) demand.Seasonal {
	return demand.Seasonal{
		Signal: d.Signal, Period: d.Period.Duration,
		Known: demand.Learned{Capacity: capacityOf(d.PerReplica, d.Capacity), StartUp: startUpOf(d.StartUp, spec)},
	}
}

// recalls tells whether a demand wants to know the last days of a signal. A shorter
// period is soon seen, and what a replica carries must be known for a scale.
func recalls(ds []policy.NamedDemand, signal string) bool {
	return slices.ContainsFunc(ds, func(d policy.NamedDemand) bool {
		s, ok := d.Demand.(demand.Seasonal)
		known := s.Known.Capacity.Fixed > 0 || s.Known.Capacity.Start > 0
		return ok && s.Signal == signal && s.Period == estimate.Day && known
	})
}
