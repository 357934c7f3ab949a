package runner

import (
	"time"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Status is how the loop stands after a tick. It is immutable.
type Status struct {
	Now       signals.Instant        `json:"now"` // of the tick
	Ticks     int64                  `json:"ticks"`
	Interval  time.Duration          `json:"intervalNs"` // between two ticks
	Decisions []policy.Decision      `json:"-"`          // in order of their policies
	Subjects  []engine.SubjectStatus `json:"subjects"`
	Guards    []engine.Guard         `json:"guards"`
	// Uses are the signals that read a subject, in order of their policies.
	Uses      map[signals.Subject][]Use `json:"-"`
	Providers []ProviderStatus          `json:"providers"`
	Sinks     []SinkStatus              `json:"sinks"`
	Config    ConfigStatus              `json:"config"`
	// Recalls are of subjects whose last days were not known when this loop began.
	Recalls []RecallStatus `json:"recalls,omitempty"`
	// AllPolled says that every poll has been attempted since the start.
	AllPolled bool `json:"allPolled"`
	// Mirrored says that another process decided: this one only follows, and makes
	// no call.
	Mirrored bool `json:"mirrored,omitempty"`
}

// ProviderStatus is how the calls to one provider fare.
type ProviderStatus struct {
	Provider string          `json:"provider"`
	Fetches  int64           `json:"fetches"` // ended since the start
	Failures int64           `json:"failures"`
	LastAt   signals.Instant `json:"lastAt"` // the end of the latest
	// Last is a failure among the latest of each of its calls; nil: all are good.
	Last *signals.Error `json:"last,omitempty"`
}

// Use is a signal of a policy.
type Use struct {
	Policy policy.ID
	Signal string
}

// usesOf tells which signals read a subject.
func usesOf(spec engine.Spec) map[signals.Subject][]Use {
	out := make(map[signals.Subject][]Use, len(spec.Subjects))
	for _, p := range spec.Policies {
		for _, s := range p.Signals {
			out[s.Subject] = append(out[s.Subject], Use{p.ID, s.Name})
		}
	}
	return out
}

// SinkStatus is how one sink fares.
type SinkStatus struct {
	Sink      string          `json:"sink"`
	Published int64           `json:"published"`
	Failures  int64           `json:"failures"`
	LastAt    signals.Instant `json:"lastAt"` // the end of the latest
	Last      string          `json:"last,omitempty"`
}

// ConfigStatus is which documents run, and how the latest reload went.
type ConfigStatus struct {
	Hash       string          `json:"hash"`
	LoadedAt   signals.Instant `json:"loadedAt"`
	LastFailed bool            `json:"lastFailed"`
	FailedAt   signals.Instant `json:"failedAt,omitzero"`
	Failure    string          `json:"failure,omitempty"` // the faults, one a line
}

// Decision finds a policy's latest decision.
func (s *Status) Decision(id policy.ID) (policy.Decision, bool) {
	for _, d := range s.Decisions {
		if d.Policy == id {
			return d, true
		}
	}
	return policy.Decision{}, false
}
