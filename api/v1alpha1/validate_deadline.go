package v1alpha1

import (
	"slices"
	"time"
)

func (r *DeadlineDemand) validate(s scope, refs signalRefs) {
	const total = "; it counts messages of the whole queue: set the signal's kind to Total"
	refs.validate(s.at("backlog"), r.Backlog, KindTotal, total)
	for _, o := range []struct{ field, signal string }{{"inFlight", r.InFlight}, {"arrivals", r.Arrivals}} {
		if o.signal != "" {
			refs.validate(s.at(o.field), o.signal, KindTotal, total)
		}
	}
	if r.OldestAge != "" {
		refs.exists(s.at("oldestAge"), r.OldestAge)
	}
	if r.InFlight != "" && refs.counts(r.Backlog, CountNotVisible) {
		s.at("inFlight").add("would be counted twice: backlog's signal counts NotVisible too; let it count Visible only")
	}
	if r.ServiceTime.Duration == 0 && r.Arrivals == "" {
		s.at("serviceTime").add("is required where there is no arrivals: it is learned from what arrives and what is left")
	}
	s.at("within").span(r.Within, time.Second, 24*time.Hour)
	if r.ServiceTime.Duration != 0 {
		s.at("serviceTime").span(r.ServiceTime, time.Millisecond, 12*time.Hour)
	}
	if r.StartUp.Duration != 0 {
		s.at("startUp").span(r.StartUp, time.Second, maxStartUp)
	}
	s.at("concurrency").positive(r.Concurrency)
	if r.MessageGroups != nil {
		s.at("messageGroups").count(*r.MessageGroups, 1, maxReplicas)
	}
}

// exists checks that a signal of any kind exists.
func (r signalRefs) exists(s scope, name string) {
	if !slices.ContainsFunc(r, func(g Signal) bool { return g.Name == name }) {
		s.restingOn(r.names(), func(s scope) { s.addf("no signal is named %s; %s", quote(name), r.allowed(name)) })
	}
}

// counts says whether a signal is of SQS and counts that.
func (r signalRefs) counts(name string, what SQSCount) bool {
	return slices.ContainsFunc(r, func(g Signal) bool {
		return g.Name == name && g.SQS != nil && slices.Contains(g.SQS.Count, what)
	})
}
