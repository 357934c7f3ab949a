package engine

import (
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// SubjectStatus is how a subject's fetches fare, for people.
type SubjectStatus struct {
	Subject signals.Subject `json:"subject"`
	Last    *signals.Error  `json:"last,omitempty"` // the latest outcome's error
	Polled  bool            `json:"polled"`
	Skew    time.Duration   `json:"skewNs,omitempty"`
}

// Status copies how every subject's fetches fare, and the mass guards.
func (e *Engine) Status() ([]SubjectStatus, []Guard) {
	subjects := make([]SubjectStatus, len(e.subjects))
	for i := range e.subjects {
		s := &e.subjects[i]
		subjects[i] = SubjectStatus{Subject: s.Subject, Last: s.Ring.Last, Polled: s.Ring.Polled, Skew: s.Ring.Skew}
	}
	return subjects, slices.Clone(e.guards)
}
