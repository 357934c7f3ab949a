package compile

import (
	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// mostMargin is how much a learned margin may be: traffic that outgrows its level by
// more within a start-up cannot be followed.
const mostMargin = 2

func rateOf(r v1alpha1.RateDemand, spec v1alpha1.ScalingPolicySpec) demand.Rate {
	rule := estimate.RateRule{}
	rule.Cap, rule.Churn = mostMargin, r.Churn.Duration
	if r.Late != nil {
		rule.Budget = r.Late.Fraction()
	}
	if r.Margin != nil {
		rule.Fixed = float64(*r.Margin)
	}
	known := demand.Learned{Capacity: capacityOf(r.PerReplica, r.Capacity), StartUp: startUpOf(r.StartUp, spec)}
	return demand.Rate{Signal: r.Signal, Known: known, Rule: rule}
}
