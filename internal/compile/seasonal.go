package compile

import (
	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

func seasonalOf(d v1alpha1.SeasonalDemand, spec v1alpha1.ScalingPolicySpec) demand.Seasonal {
	return demand.Seasonal{
		Signal: d.Signal, Period: d.Period.Duration,
		Known: demand.Learned{Capacity: capacityOf(d.PerReplica, d.Capacity), StartUp: startUpOf(d.StartUp, spec)},
	}
}
