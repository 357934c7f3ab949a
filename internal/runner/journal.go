package runner

import (
	"log/slog"
	"maps"
	"slices"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// journal logs one line per change of state, and nothing per sample.
type journal struct {
	log       *slog.Logger
	decisions map[policy.ID]policy.Desired
	signals   map[signalID]signals.State
	guards    map[string]bool
	sinks     map[string]bool
	providers map[string]signals.Reason
}

type signalID struct {
	policy policy.ID
	name   string
}

func newJournal(log *slog.Logger) journal {
	return journal{
		log: log, decisions: map[policy.ID]policy.Desired{}, signals: map[signalID]signals.State{},
		guards: map[string]bool{}, sinks: map[string]bool{}, providers: map[string]signals.Reason{},
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
		reason := signals.Reason("")
		if p.Last != nil {
			reason = p.Last.Reason
		}
		if changed(j.providers, p.Provider, reason) {
			j.provider(p, reason)
		}
	}
}

// keep forgets the policies that a new pipeline does not have.
func (j *journal) keep(p *Pipeline) {
	has := make(map[policy.ID]bool, len(p.Spec.Policies))
	for _, pol := range p.Spec.Policies {
		has[pol.ID] = true
	}
	maps.DeleteFunc(j.decisions, func(id policy.ID, _ policy.Desired) bool { return !has[id] })
	maps.DeleteFunc(j.signals, func(id signalID, _ signals.State) bool { return !has[id.policy] })
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
			write := j.log.Info
			if r.State != signals.StateFresh {
				write = j.log.Warn
			}
			write("signal changed state", "policy", d.Policy.String(), "signal", r.Name, "state", r.State, "reason", r.Reason)
		}
	}
	if old := j.decisions[d.Policy]; old == d.Desired {
		return
	}
	j.decisions[d.Policy] = d.Desired
	if d.Desired.Reason() == policy.Reason(signals.NotPolled) {
		return
	}
	if n, ok := d.Desired.Replicas(); ok {
		j.log.Info("decision changed", "policy", d.Policy.String(), "desired", n, "reason", last(d.Trail))
		return
	}
	j.log.Warn("decision unknown", "policy", d.Policy.String(), "reason", d.Desired.Reason())
}

// last is the reason of the last step that changed something.
func last(trail []policy.Step) policy.Reason {
	for _, s := range slices.Backward(trail) {
		if s.Reason != policy.ReasonUnchanged {
			return s.Reason
		}
	}
	return policy.ReasonUnchanged
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

func (j *journal) provider(p ProviderStatus, reason signals.Reason) {
	if p.Last != nil {
		j.log.Warn("provider fails", "provider", p.Provider, "reason", reason, "detail", p.Last.Detail)
		return
	}
	j.log.Info("provider answers again", "provider", p.Provider)
}
