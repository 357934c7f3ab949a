package console

import (
	"fmt"
	"math"

	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

type signalHealth struct {
	Namespace  string         `json:"namespace"`
	Policy     string         `json:"policy"`
	Name       string         `json:"name"`
	Provider   string         `json:"provider,omitempty"`
	State      signals.State  `json:"state"`
	AgeSeconds *float64       `json:"ageSeconds,omitempty"` // of the newest valid sample
	LastError  signals.Reason `json:"lastError,omitempty"`

	told bool // the failure of its fetch
}

// wrong leaves out Absent: a signal without traffic may be so for good, and where
// it matters its policy is unknown.
func (s signalHealth) wrong() (string, bool) {
	if s.State == signals.StateFresh || s.State == signals.StateAbsent {
		return "", false
	}
	if s.told {
		return "", true
	}
	text := fmt.Sprintf("signal %s of %s/%s: %s", s.Name, s.Namespace, s.Policy, s.State)
	if s.LastError != "" {
		text += " (" + string(s.LastError) + ")"
	}
	return text, true
}

func (c *console) signalHealth(s *runner.Status, f failures) []signalHealth {
	passed := c.Mono() - s.Now.Mono
	out := []signalHealth{}
	for _, d := range s.Decisions {
		for _, r := range d.Signals {
			h := signalHealth{
				Namespace: d.Policy.Namespace, Policy: d.Policy.Name, Name: r.Name, Provider: r.Provider,
				State: r.State, LastError: r.Reason, told: f.uses[runner.Use{Policy: d.Policy, Signal: r.Name}],
			}
			if r.Age > 0 || r.Value != nil {
				h.AgeSeconds = new(seconds(r.Age + passed))
			}
			out = append(out, h)
		}
	}
	return out
}

// subjectHealth is one thing that is fetched; signals that name it share it.
type subjectHealth struct {
	Provider string `json:"provider"`
	Query    string `json:"query"`
	// Signals that read it, the first ten.
	Signals   []string `json:"signals,omitempty"`
	State     string   `json:"state"`
	LastError *failure `json:"lastError,omitempty"`
	// SkewSeconds is the provider's clock minus ours, where it is off.
	SkewSeconds float64 `json:"skewSeconds,omitempty"`
}

// wrong says nothing itself: its signals and its provider do.
func (s subjectHealth) wrong() (string, bool) {
	return "", (s.State == stateFailed && s.LastError.Reason != signals.Absent) || math.Abs(s.SkewSeconds) > maxSkew.Seconds()
}

func subjects(s *runner.Status) []subjectHealth {
	out := make([]subjectHealth, len(s.Subjects))
	for i, u := range s.Subjects {
		h := subjectHealth{Provider: u.Subject.Provider, Query: u.Subject.Query, State: stateOK, LastError: failed(u.Last), SkewSeconds: u.Skew.Seconds()}
		for _, use := range s.Uses[u.Subject][:min(len(s.Uses[u.Subject]), maxNamed)] {
			h.Signals = append(h.Signals, named(use))
		}
		switch {
		case !u.Polled:
			h.State = stateWaiting
		case u.Last != nil:
			h.State = stateFailed
		}
		out[i] = h
	}
	return out
}
