package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/scaler-dev/scaler/internal/runner"
)

const (
	pulseEvery = 500 * time.Millisecond
	// stillFor is how long without a beat a process has stood still: as a whole, with
	// its machine or alone.
	stillFor = 5 * time.Second
	// catchUpFor bounds the wait for a tick: without a leader there is none.
	catchUpFor = 20 * time.Second
)

var errStoodStill = errors.New("this process stood still and has yet to learn what happened since")

// pulse tells whether the process has stood still, and knows only what was true
// before: others have gone on, and it should not be asked until it has caught up.
type pulse struct {
	mono   func() time.Duration
	status func() *runner.Status

	last atomic.Int64 // beat, on the monotonic clock
	woke atomic.Int64 // 0: it never stood still
}

func newPulse(mono func() time.Duration, status func() *runner.Status) *pulse {
	p := &pulse{mono: mono, status: status}
	p.last.Store(int64(mono()))
	return p
}

// run beats until ctx ends.
func (p *pulse) run(ctx context.Context) {
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.beat()
		}
	}
}

func (p *pulse) beat() {
	now := p.mono()
	if before := time.Duration(p.last.Swap(int64(now))); now-before >= stillFor {
		p.woke.Store(int64(now))
	}
}

// ready tells why the process should not be asked; nil: it may.
func (p *pulse) ready() error {
	p.beat()
	woke := time.Duration(p.woke.Load())
	if woke == 0 || p.mono()-woke >= catchUpFor {
		return nil
	}
	if s := p.status(); s != nil && s.Now.Mono > woke {
		return nil
	}
	return errStoodStill
}
