package console

import (
	"fmt"

	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

type providerHealth struct {
	Name       string       `json:"name"`
	State      string       `json:"state"`
	Fetches    int64        `json:"fetches"`
	Failures   int64        `json:"failures"`
	AgeSeconds *float64     `json:"ageSeconds,omitempty"` // of the latest fetch
	LastError  *failure     `json:"lastError,omitempty"`
	MassGuard  *guardHealth `json:"massGuard,omitempty"`

	told bool // its failure, by its signals
}

// guardHealth is a mass guard that has tripped.
type guardHealth struct {
	TrippedAgeSeconds float64 `json:"trippedAgeSeconds"`
	Victims           int     `json:"victims"`
	StillBad          int     `json:"stillBad"`
	Lift              string  `json:"lift"`
}

func (p providerHealth) wrong() (string, bool) {
	switch {
	case p.MassGuard != nil:
		return fmt.Sprintf("provider %s: mass guard: %d of %d signals that failed at once are still bad; nothing of it may lower", p.Name, p.MassGuard.StillBad, p.MassGuard.Victims), true
	case p.State == stateFailed && p.told:
		return "", true
	case p.State == stateFailed:
		return fmt.Sprintf("provider %s: %s", p.Name, (&signals.Error{Reason: p.LastError.Reason, Detail: p.LastError.Detail}).Error()), true
	default:
		return "", false
	}
}

func (c *console) providerHealth(s *runner.Status, f failures) []providerHealth {
	out := make([]providerHealth, len(s.Providers))
	for i, p := range s.Providers {
		h := providerHealth{Name: p.Provider, State: stateOK, Fetches: p.Fetches, Failures: p.Failures, LastError: failed(p.Last)}
		h.told = f.has(h.Name, h.LastError)
		switch {
		case p.Fetches == 0:
			h.State = stateWaiting
		case p.Last != nil:
			h.State = stateFailed
		}
		if p.Fetches > 0 {
			h.AgeSeconds = new(c.since(p.LastAt.Mono))
		}
		if g, ok := guard(s, p.Provider); ok && g.Tripped {
			h.MassGuard = &guardHealth{c.since(g.Since), g.Victims, g.Bad, "POST /api/v1/guards/" + p.Provider + "/lift"}
		}
		out[i] = h
	}
	return out
}
