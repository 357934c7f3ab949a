// Package clock is the process's one reading of time.
package clock

import (
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Clock reads the wall clock and, from its own start on, the monotonic clock.
type Clock struct{ start time.Time }

// New starts a clock.
func New() *Clock { return &Clock{start: time.Now()} }

// Now is this instant on both clocks. The wall time is UTC and carries no
// monotonic reading of Go's.
func (c *Clock) Now() signals.Instant {
	now := time.Now()
	return signals.Instant{Wall: now.UTC().Round(0), Mono: now.Sub(c.start)}
}

// Mono is this instant on the monotonic clock.
func (c *Clock) Mono() time.Duration { return time.Since(c.start) }
