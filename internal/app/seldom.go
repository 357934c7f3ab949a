package app

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// perMinute is how many records of one place of code are passed on in a minute.
const perMinute = 10

// seldom passes on the first records of each minute that one place of code logs, and
// tells with the next how many it left out. What libraries log of every request that
// they refuse is up to whoever sends them.
type seldom struct {
	slog.Handler

	places *places
}

func newSeldom(next slog.Handler) seldom {
	return seldom{next, &places{of: map[uintptr]*place{}}}
}

// Handle passes a record on, or counts it.
func (s seldom) Handle(ctx context.Context, r slog.Record) error {
	leftOut, ok := s.places.pass(r.PC, r.Time)
	if !ok {
		return nil
	}
	if leftOut > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("left_out", leftOut))
	}
	return s.Handler.Handle(ctx, r)
}

// WithAttrs counts together with the receiver.
func (s seldom) WithAttrs(attrs []slog.Attr) slog.Handler {
	return seldom{s.Handler.WithAttrs(attrs), s.places}
}

// WithGroup counts together with the receiver.
func (s seldom) WithGroup(name string) slog.Handler {
	return seldom{s.Handler.WithGroup(name), s.places}
}

// places are those that have logged, of which a program has so many.
type places struct {
	mu sync.Mutex // guards all below
	of map[uintptr]*place
}

type place struct {
	since           time.Time // of the minute that is counted
	passed, leftOut int
}

// pass tells whether a place may log now, and how often it might not before.
func (p *places) pass(pc uintptr, now time.Time) (leftOut int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.of[pc]
	if at == nil {
		at = &place{since: now}
		p.of[pc] = at
	}
	if now.Sub(at.since) >= time.Minute {
		at.since, at.passed = now, 0
	}
	if at.passed == perMinute {
		at.leftOut++
		return 0, false
	}
	at.passed++
	leftOut, at.leftOut = at.leftOut, 0
	return leftOut, true
}
