package v1alpha1

import "time"

const (
	maxStartUp = time.Hour
	maxChurn   = 24 * time.Hour
	maxMargin  = 100
)

func (r *RateDemand) validate(s scope, refs signalRefs) {
	refs.validate(s.at("signal"), r.Signal, KindTotal,
		"; use ratio, or set the signal's kind if it does fall when replicas are added")
	validateCapacity(s, refs, "perReplica", r.PerReplica, r.Capacity)
	validateStartUp(s, r.StartUp)
	s.at("churn").span(*r.Churn, 0, maxChurn)
	if r.Late != nil {
		s.at("late").share(*r.Late, 0.001, 50)
	}
	if r.Margin == nil {
		return
	}
	if *r.Margin < 1 || *r.Margin > maxMargin {
		s.at("margin").addf("must be from 1 to %d", maxMargin)
	}
	if r.Late != nil {
		s.at("margin").add("is fixed, and late would have it learned; give one of the two")
	}
}

// validateStartUp checks a start-up time; one that is absent is learned.
func validateStartUp(s scope, d *Duration) {
	if d != nil {
		s.at("startUp").span(*d, time.Second, maxStartUp)
	}
}
