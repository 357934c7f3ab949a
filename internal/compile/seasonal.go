package compile

import (
	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

func seasonalOf(d v1alpha1.SeasonalDemand) demand.Seasonal {
	return demand.Seasonal{Signal: d.Signal, PerReplica: float64(d.PerReplica), StartUp: d.StartUp.Duration}
}
