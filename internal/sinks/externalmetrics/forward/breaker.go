package forward

import (
	"sync"
	"time"
)

const (
	breakerFailures = 5
	breakerFirst    = 5 * time.Second
	breakerLongest  = time.Minute
	breakerJitter   = 0.25
)

// verdict is what an ended call tells of the adapter.
type verdict int

const (
	untold verdict = iota // nothing
	answered
	silent
)

// breaker opens after breakerFailures calls in a row that got no answer. Once open,
// one call at a time tries again: after breakerFirst, then after twice as long each
// time up to breakerLongest, each up to a quarter shorter by chance. One that is
// answered closes it.
type breaker struct {
	now     func() time.Time
	chance  func() float64  // in [0, 1)
	changed func(open bool) // called in order, under the lock

	mu       sync.Mutex // guards what follows
	failures int        // in a row
	period   time.Duration
	retryAt  time.Time
	trying   bool
}

// allow tells whether to call; the function it gives is then called once with what
// the call told.
func (b *breaker) allow() (func(verdict), bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.period == 0 {
		return b.ended, true
	}
	if b.trying || b.now().Before(b.retryAt) {
		return nil, false
	}
	b.trying = true
	return b.tried, true
}

// ended is a call that was allowed while the breaker was closed. While it is open,
// only a try counts.
func (b *breaker) ended(v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.period > 0 || v == untold:
	case v == answered:
		b.failures = 0
	default:
		if b.failures++; b.failures >= breakerFailures {
			b.open(breakerFirst)
			b.changed(true)
		}
	}
}

func (b *breaker) tried(v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	switch v {
	case silent:
		b.open(min(2*b.period, breakerLongest))
	case answered:
		b.period, b.failures = 0, 0
		b.changed(false)
	case untold:
	}
}

func (b *breaker) open(period time.Duration) {
	b.period = period
	b.retryAt = b.now().Add(time.Duration(float64(period) * (1 - breakerJitter*b.chance())))
}
