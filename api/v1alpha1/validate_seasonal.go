package v1alpha1

import "time"

func (r *SeasonalDemand) validate(s scope, refs signalRefs) {
	refs.validate(s.at("signal"), r.Signal, KindTotal, "; a floor of replicas needs what all of them handle together")
	validateCapacity(s, refs, "perReplica", r.PerReplica, r.Capacity)
	validateStartUp(s, r.StartUp)
	validatePeriod(s.at("period"), *r.Period)
}

func validatePeriod(s scope, d Duration) {
	s.span(d, time.Minute, wholeDay)
	if d.Duration%time.Minute != 0 {
		s.add("must be whole minutes, as in 24h, 1h or 15m")
	}
}
