package v1alpha1

import "time"

const (
	maxStartUp = 30 * time.Minute
	maxMargin  = 100
)

func (r *RateDemand) validate(s scope, refs signalRefs) {
	refs.validate(s.at("signal"), r.Signal, KindTotal,
		"; use ratio, or set the signal's kind if it does fall when replicas are added")
	s.at("perReplica").positive(r.PerReplica)
	s.at("startUp").span(*r.StartUp, time.Second, maxStartUp)
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
