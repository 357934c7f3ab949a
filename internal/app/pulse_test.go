package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestWhoStoodStillIsNotAskedUntilItHasCaughtUp(t *testing.T) {
	for _, c := range []struct {
		name         string
		still        time.Duration
		ticks, waits time.Duration // after it woke; ticks 0: no tick
		want         error
	}{
		{name: "never", still: time.Second, waits: time.Second},
		{name: "a busy machine", still: stillFor - time.Millisecond, waits: time.Second},
		{name: "just awake", still: stillFor, want: errStoodStill},
		{name: "long awake, without a tick", still: time.Minute, waits: catchUpFor - time.Millisecond, want: errStoodStill},
		{name: "nobody leads", still: time.Minute, waits: catchUpFor},
		{name: "caught up", still: time.Minute, ticks: time.Second, waits: time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Hour
			status := &runner.Status{Now: signals.Instant{Mono: now}}
			p := newPulse(func() time.Duration { return now }, func() *runner.Status { return status })
			require.NoError(t, p.ready())
			now += c.still
			first := p.ready()
			if c.still >= stillFor {
				require.ErrorIs(t, first, errStoodStill, "at the very first question")
			}
			if c.ticks > 0 {
				status = &runner.Status{Now: signals.Instant{Mono: now + c.ticks}}
			}
			for end := now + c.waits; now < end; now += min(pulseEvery, end-now) {
				p.beat()
			}
			require.ErrorIs(t, p.ready(), c.want)
		})
	}
}
