package runner

import (
	"log/slog"
	"maps"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// journal logs one line per change of state, and nothing per sample.
type journal struct {
	log       *slog.Logger
	decisions map[policy.ID]told
	signals   map[signalID]signals.State
	guards    map[string]bool
	sinks     map[string]bool
	providers map[string]bool
}

// told is what the log holds of a decision.
type told struct {
	desired policy.Desired
	known   bool // ever
}

type signalID struct {
	policy policy.ID
	name   string
}

func newJournal(log *slog.Logger) journal {
	return journal{
		log: log, decisions: map[policy.ID]told{}, signals: map[signalID]signals.State{},
		guards: map[string]bool{}, sinks: map[string]bool{}, providers: map[string]bool{},
	}
}

func (j *journal) note(s *Status) {
	for i := range s.Decisions {
		j.decision(&s.Decisions[i])
	}
	for _, g := range s.Guards {
		if changed(j.guards, g.Provider, g.Tripped) {
			j.guard(g.Provider, g.Tripped, g.Victims)
		}
	}
	for _, k := range s.Sinks {
		if changed(j.sinks, k.Sink, k.Last != "") {
			j.sink(k)
		}
	}
	for _, p := range s.Providers {
		if changed(j.providers, p.Provider, p.Last != nil) {
			j.provider(p)
		}
	}
}

// keep forgets what a new pipeline does not have.
func (j *journal) keep(p *Pipeline) {
	policies, providers, sinks := map[policy.ID]bool{}, map[string]bool{}, map[string]bool{}
	for _, pol := range p.Spec.Policies {
		policies[pol.ID] = true
	}
	for _, poll := range p.Polls {
		providers[poll.Provider] = true
	}
	for _, look := range p.Looks {
		providers[look.Provider] = true
	}
	for _, s := range p.Sinks {
		sinks[s.Name] = true
	}
	maps.DeleteFunc(j.decisions, func(id policy.ID, _ told) bool { return !policies[id] })
	maps.DeleteFunc(j.signals, func(id signalID, _ signals.State) bool { return !policies[id.policy] })
	maps.DeleteFunc(j.guards, func(name string, _ bool) bool { return !providers[name] })
	maps.DeleteFunc(j.providers, func(name string, _ bool) bool { return !providers[name] })
	maps.DeleteFunc(j.sinks, func(name string, _ bool) bool { return !sinks[name] })
}

// changed takes in a value and tells whether it is not the one before, the zero
// value at first.
func changed[K, V comparable](m map[K]V, k K, v V) bool {
	old := m[k]
	m[k] = v
	return old != v
}

func (j *journal) decision(d *policy.Decision) {
	for _, r := range d.Signals {
		if r.Reason == signals.NotPolled {
			continue // the first poll is yet to come
		}
		if changed(j.signals, signalID{d.Policy, r.Name}, r.State) {
			j.signal(d.Policy, r)
		}
	}
	old := j.decisions[d.Policy]
	if old.desired == d.Desired {
		return
	}
	_, known := d.Desired.Replicas()
	j.decisions[d.Policy] = told{d.Desired, old.known || known}
	if d.Desired.Reason() == policy.Reason(signals.NotPolled) || d.Relayed() {
		return
	}
	j.desired(old, d)
}

func (j *journal) signal(id policy.ID, r policy.Reading) {
	write := j.log.Info
	if r.State != signals.StateFresh {
		write = j.log.Warn
	}
	args := []any{"policy", id.String(), "signal", r.Name, "state", r.State}
	if r.Reason != "" {
		args = append(args, "reason", r.Reason)
	}
	write("signal changed state", args...)
}

// desired tells of a decision that differs from the one before. Waiting for
// confirmed data is how every start begins, and nothing to warn of.
func (j *journal) desired(old told, d *policy.Decision) {
	id, reason := d.Policy.String(), explain.Code(*d)
	n, known := d.Desired.Replicas()
	was, had := old.desired.Replicas()
	switch {
	case !known && !old.known && d.Desired.Reason() == policy.ReasonColdStart:
		j.log.Info("decision waits", "policy", id, "reason", reason)
	case !known:
		j.log.Warn("decision unknown", "policy", id, "reason", reason)
	case had:
		j.log.Info("decision changed", "policy", id, "from", was, "desired", n, "reason", reason)
	case !old.known:
		j.log.Info("first decision", "policy", id, "desired", n, "reason", reason)
	default:
		j.log.Info("decision known again", "policy", id, "from", "unknown", "desired", n, "reason", reason)
	}
}

func (j *journal) guard(provider string, tripped bool, victims int) {
	if tripped {
		j.log.Warn("mass guard tripped, nothing of the provider lowers replicas", "provider", provider, "subjects", victims)
		return
	}
	j.log.Info("mass guard released", "provider", provider)
}

func (j *journal) sink(s SinkStatus) {
	if s.Last != "" {
		j.log.Warn("sink fails", "sink", s.Sink, "error", s.Last)
		return
	}
	j.log.Info("sink works again", "sink", s.Sink)
}

func (j *journal) provider(p ProviderStatus) {
	if p.Last == nil {
		j.log.Info("provider answers again", "provider", p.Provider)
		return
	}
	args := []any{"provider", p.Provider, "reason", p.Last.Reason}
	if p.Last.Detail != "" {
		args = append(args, "detail", p.Last.Detail)
	}
	j.log.Warn("provider fails", args...)
}
