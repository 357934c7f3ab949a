package v1alpha1

import "time"

func (r *SeasonalDemand) validate(s scope, refs signalRefs) {
	refs.validate(s.at("signal"), r.Signal, KindTotal, "; a floor of replicas needs what all of them handle together")
	s.at("perReplica").positive(r.PerReplica)
	s.at("startUp").span(*r.StartUp, 0, time.Hour)
}
