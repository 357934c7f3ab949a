package engine

import (
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// The mass guard: when most subjects of a provider turn unknown or zero at once,
// the provider is the likelier cause than the world. The shares are those of the
// Kubernetes node lifecycle controller.
const (
	guardTripShare    = 0.55
	guardTripCount    = 3
	guardReleaseShare = 0.30
	guardPolls        = 2 // within how many of the provider's longest intervals subjects must turn
	guardCalmPolls    = 3 // for how many the share must stay low
	guardZeroFor      = time.Hour
)

// Guard is what the mass guard remembers of a provider.
type Guard struct {
	Provider string `json:"provider"`
	// Tripped says that no signal of the provider may lower.
	Tripped bool          `json:"tripped,omitempty"`
	Since   time.Duration `json:"sinceNs,omitempty"` // on the monotonic clock
	// Calm is since when few enough of the subjects that tripped it remain bad; nil
	// while too many do.
	Calm    *time.Duration `json:"calmNs,omitempty"`
	Victims int            `json:"victims,omitempty"` // subjects that tripped it
	Bad     int            `json:"bad,omitempty"`     // of them, those still bad
}

// GuardMark is what the mass guard remembers of a subject.
type GuardMark struct {
	WasGood  bool          `json:"wasGood,omitempty"`
	LastGood time.Duration `json:"lastGoodNs,omitempty"` // when it last was fresh and not zero
	// ZeroSince is since when it is fresh and zero; nil while it is not.
	ZeroSince *time.Duration `json:"zeroSinceNs,omitempty"`
	Victim    bool           `json:"victim,omitempty"` // it is one of those that tripped the guard
}

// watch looks at every provider's subjects and trips or releases its guard.
func (e *Engine) watch(now signals.Instant) {
	rest := e.subjects
	for g := range e.guards {
		n := countOf(rest, e.guards[g].Provider)
		e.guards[g].watch(rest[:n], now)
		rest = rest[n:]
	}
}

// countOf is how many subjects at the beginning are of a provider.
func countOf(subjects []subject, provider string) int {
	for i := range subjects {
		if subjects[i].Provider != provider {
			return i
		}
	}
	return len(subjects)
}

func (g *Guard) watch(mine []subject, now signals.Instant) {
	longest := time.Duration(0)
	for i := range mine {
		mine[i].mark(now)
		longest = max(longest, mine[i].interval)
	}
	window := guardPolls * longest
	if !g.Tripped && tooMany(mine, now.Mono, window) {
		g.Tripped, g.Since = true, now.Mono
	}
	if !g.Tripped {
		return
	}
	// Those that turn while it is tripped belong to the same event.
	g.Victims, g.Bad = 0, 0
	for i := range mine {
		s := &mine[i]
		s.Guard.Victim = s.Guard.Victim || s.turned(now.Mono, window)
		if s.Guard.Victim {
			g.Victims++
			if s.bad(now.Mono) {
				g.Bad++
			}
		}
	}
	g.release(mine, now.Mono, longest)
}

// mark notes whether a subject is good, or zero.
func (s *subject) mark(now signals.Instant) {
	fresh, zero := s.Ring.Glance(now, s.freshFor, s.zeroes)
	if !fresh || !zero {
		s.Guard.ZeroSince = nil
	} else if s.Guard.ZeroSince == nil {
		since := now.Mono
		s.Guard.ZeroSince = &since
	}
	s.fresh = fresh
	if fresh && !zero {
		s.Guard.WasGood, s.Guard.LastGood = true, now.Mono
	}
}

// turned tells whether a subject that is bad now was good within the window.
func (s *subject) turned(now, window time.Duration) bool {
	return s.Guard.WasGood && s.Guard.LastGood != now && now-s.Guard.LastGood <= window
}

// bad tells whether a subject has no fresh sample, or a zero that is not yet
// believed.
func (s *subject) bad(now time.Duration) bool {
	return !s.fresh || (s.Guard.ZeroSince != nil && now-*s.Guard.ZeroSince < guardZeroFor)
}

// tooMany tells whether most subjects turned at once. One that is good says so only
// if it was asked since the first of them turned.
func tooMany(mine []subject, now, window time.Duration) bool {
	turned, first := 0, now
	for i := range mine {
		if s := &mine[i]; s.turned(now, window) {
			turned++
			first = min(first, s.Guard.LastGood)
		}
	}
	if turned < guardTripCount {
		return false
	}
	good := 0
	for i := range mine {
		if s := &mine[i]; s.Guard.LastGood == now && s.Guard.WasGood && s.Ring.LastAt > first {
			good++
		}
	}
	return float64(turned) >= guardTripShare*float64(turned+good)
}

func (g *Guard) release(mine []subject, now, longest time.Duration) {
	if g.Victims > 0 && float64(g.Bad) >= guardReleaseShare*float64(g.Victims) {
		g.Calm = nil
		return
	}
	if g.Calm == nil {
		since := now
		g.Calm = &since
	}
	if now-*g.Calm >= guardCalmPolls*longest {
		g.reset(mine)
	}
}

// reset forgets an event: the guard trips again only on subjects that turn good,
// and bad again.
func (g *Guard) reset(mine []subject) {
	*g = Guard{Provider: g.Provider}
	for i := range mine {
		mine[i].Guard = GuardMark{}
	}
}

// lift resets a provider's guard because a human says so.
func (e *Engine) lift(provider string) {
	rest := e.subjects
	for g := range e.guards {
		n := countOf(rest, e.guards[g].Provider)
		if e.guards[g].Provider == provider {
			e.guards[g].reset(rest[:n])
		}
		rest = rest[n:]
	}
}
