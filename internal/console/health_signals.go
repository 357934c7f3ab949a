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
}

// wrong leaves out Absent: a signal without traffic may be so for good, and where
// it matters its policy is unknown.
func (s signalHealth) wrong() string {
	if s.State == signals.StateFresh || s.State == signals.StateAbsent {
		return ""
	}
	text := fmt.Sprintf("signal %s of %s/%s: %s", s.Name, s.Namespace, s.Policy, s.State)
	if s.LastError != "" {
		text += " (" + string(s.LastError) + ")"
	}
	return text
}

func (c *console) signalHealth(s *runner.Status) []signalHealth {
	passed := c.Mono() - s.Now.Mono
	out := []signalHealth{}
	for _, d := range s.Decisions {
		for _, r := range d.Signals {
			h := signalHealth{
				Namespace: d.Policy.Namespace, Policy: d.Policy.Name, Name: r.Name, Provider: r.Provider,
				State: r.State, LastError: r.Reason,
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
	Provider  string   `json:"provider"`
	Query     string   `json:"query"`
	State     string   `json:"state"`
	LastError *failure `json:"lastError,omitempty"`
	// SkewSeconds is the provider's clock minus ours, where it is off.
	SkewSeconds float64 `json:"skewSeconds,omitempty"`
}

// wrong leaves out an answer without a datapoint, as for signals.
func (s subjectHealth) wrong() string {
	switch {
	case s.State == stateFailed && s.LastError.Reason != signals.Absent:
		return fmt.Sprintf("subject %s/%s: %s", s.Provider, s.Query, (&signals.Error{Reason: s.LastError.Reason, Detail: s.LastError.Detail}).Error())
	case math.Abs(s.SkewSeconds) > maxSkew:
		return fmt.Sprintf("subject %s/%s: its clock is %g s off ours", s.Provider, s.Query, s.SkewSeconds)
	default:
		return ""
	}
}

func subjects(s *runner.Status) []subjectHealth {
	out := make([]subjectHealth, len(s.Subjects))
	for i, u := range s.Subjects {
		h := subjectHealth{Provider: u.Subject.Provider, Query: u.Subject.Query, State: stateOK, LastError: failed(u.Last), SkewSeconds: u.Skew.Seconds()}
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
