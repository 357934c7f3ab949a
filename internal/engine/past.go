package engine

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// offer hands a policy the pasts that came in with this tick, of those of its signals
// that it wants to remember.
func (e *Engine) offer(p *compiled) []policy.Past {
	var out []policy.Past
	for i := range e.pasts {
		for j, b := range p.signals {
			if b.recall && e.subjects[b.subject].Subject == e.pasts[i].Subject {
				out = append(out, policy.Past{Signal: p.names[j], Past: &e.pasts[i], Min: b.rules.Min, Max: b.rules.Max})
			}
		}
	}
	return out
}

// Cold are the subjects of which a policy wants to know the last days and does not: it
// has seen less than a day, or nothing for so long.
func (e *Engine) Cold(now time.Time, gap time.Duration) []signals.Subject {
	cold := map[signals.Subject]bool{}
	for i := range e.policies {
		p := &e.policies[i]
		for j, b := range p.signals {
			if b.recall && !remembers(&p.state, p.names[j], now, gap) {
				cold[e.subjects[b.subject].Subject] = true
			}
		}
	}
	var out []signals.Subject
	for i := range e.subjects {
		if s := e.subjects[i].Subject; cold[s] {
			out = append(out, s)
		}
	}
	return out
}

// remembers tells whether every season of a signal is whole.
func remembers(st *policy.State, signal string, now time.Time, gap time.Duration) bool {
	known := false
	for _, d := range st.Demands {
		if d.Season == nil || d.Season.Signal != signal {
			continue
		}
		if d.Season.Past.Cold(now, gap) {
			return false
		}
		known = true
	}
	return known
}
