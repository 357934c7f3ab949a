package console

import (
	"time"

	"github.com/scaler-dev/scaler/internal/runner"
)

// The states of providers, sinks, configuration and loop.
const (
	stateOK      = "ok"
	stateFailed  = "failed"
	stateWaiting = "waiting" // nothing was attempted yet
	stateFollows = "follows"
	stateStuck   = "stuck"
	stateRelay   = "relay" // of a policy: there is nothing to decide
)

// maxSkew is how far off a provider's clock may be.
const maxSkew = 30 * time.Second

type loopHealth struct {
	State           string  `json:"state"` // ok, stuck, starting, or follows: another replica decides
	Ticks           int64   `json:"ticks"`
	IntervalSeconds float64 `json:"intervalSeconds,omitempty"`
	AgeSeconds      float64 `json:"ageSeconds"` // of the latest tick
}

func (c *console) loop(s *runner.Status) loopHealth {
	l := loopHealth{stateOK, s.Ticks, seconds(s.Interval), c.since(s.Now.Mono)}
	switch {
	case s.Mirrored:
		l.State = stateFollows
	case c.ticking(s) != nil:
		l.State = stateStuck
	}
	return l
}

type configHealth struct {
	State string `json:"state"` // of the latest load
	Hash  string `json:"hash,omitempty"`
	// LoadedAgeSeconds is of the documents that run.
	LoadedAgeSeconds float64 `json:"loadedAgeSeconds"`
	FailedAgeSeconds float64 `json:"failedAgeSeconds,omitempty"`
	Failure          string  `json:"failure,omitempty"`
}

func (c *console) config(s runner.ConfigStatus) configHealth {
	h := configHealth{State: stateOK, Hash: s.Hash, LoadedAgeSeconds: c.since(s.LoadedAt.Mono)}
	if s.LastFailed {
		h.State, h.FailedAgeSeconds, h.Failure = stateFailed, c.since(s.FailedAt.Mono), s.Failure
	}
	return h
}
