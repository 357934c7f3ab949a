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
	guardPolls        = 2 // within how many polls a subject must have turned
	guardCalmPolls    = 3 // for how many polls the share must stay low
	guardZeroFor      = time.Hour
)

// Guard is what the mass guard remembers of a provider.
type Guard struct {
	Provider string `json:"provider"`
	// Tripped says that no signal of the provider may lower.
	Tripped bool          `json:"tripped,omitempty"`
	Since   time.Duration `json:"since,omitempty"` // on the monotonic clock
	// Calm is since when few enough of the subjects that tripped it remain bad.
	Calm    time.Duration `json:"calm,omitempty"`
	Victims int           `json:"victims,omitempty"` // subjects that tripped it
	Bad     int           `json:"bad,omitempty"`     // of them, those still bad
}

// GuardMark is what the mass guard remembers of a subject.
type GuardMark struct {
	WasGood  bool          `json:"wasGood,omitempty"`
	LastGood time.Duration `json:"lastGood,omitempty"` // when it last was fresh and not zero
	Victim   bool          `json:"victim,omitempty"`   // it is one of those that tripped the guard
}

// census is what one look at a provider's subjects counts.
type census struct {
	good, turned int
	victims, bad int
	longest      time.Duration // the longest interval of a victim
}

// watch counts every provider's subjects and trips or releases its guard.
func (e *Engine) watch(now signals.Instant) {
	first := 0
	for g := range e.guards {
		guard := &e.guards[g]
		last := first
		for last < len(e.subjects) && e.subjects[last].Provider == guard.Provider {
			last++
		}
		mine := e.subjects[first:last]
		c := guard.count(mine, now)
		if guard.Tripped {
			guard.release(mine, c, now.Mono)
		} else if c.turned >= guardTripCount && float64(c.turned) >= guardTripShare*float64(c.turned+c.good) {
			guard.trip(mine, now.Mono)
		}
		first = last
	}
}

func (g *Guard) count(mine []subject, now signals.Instant) (c census) {
	for i := range mine {
		s := &mine[i]
		fresh, zero := s.Ring.Glance(now, s.freshFor)
		switch {
		case fresh && !zero:
			c.good++
			s.Guard.WasGood, s.Guard.LastGood = true, now.Mono
		case s.turned(now.Mono):
			c.turned++
			if g.Tripped {
				s.Guard.Victim = true
			}
		}
		if s.Guard.Victim {
			c.victims++
			c.longest = max(c.longest, s.interval)
			if !fresh || (zero && now.Mono-g.Since < guardZeroFor) {
				c.bad++
			}
		}
	}
	return c
}

// turned tells whether a subject that is bad now was good within two polls.
func (s *subject) turned(now time.Duration) bool {
	return s.Guard.WasGood && now-s.Guard.LastGood <= guardPolls*s.interval
}

func (g *Guard) trip(mine []subject, now time.Duration) {
	g.Tripped, g.Since, g.Calm, g.Victims = true, now, -1, 0
	for i := range mine {
		if s := &mine[i]; s.turned(now) && s.Guard.LastGood != now {
			s.Guard.Victim = true
			g.Victims++
		}
	}
	g.Bad = g.Victims
}

func (g *Guard) release(mine []subject, c census, now time.Duration) {
	g.Victims, g.Bad = c.victims, c.bad
	if float64(c.bad) >= guardReleaseShare*float64(c.victims) && c.victims > 0 {
		g.Calm = -1
		return
	}
	if g.Calm < 0 {
		g.Calm = now
	}
	if now-g.Calm >= guardCalmPolls*c.longest {
		g.reset(mine)
	}
}

func (g *Guard) reset(mine []subject) {
	*g = Guard{Provider: g.Provider}
	for i := range mine {
		mine[i].Guard = GuardMark{}
	}
}

// lift resets a provider's guard because a human says so. It trips again only on
// subjects that turn good and bad again.
func (e *Engine) lift(provider string) {
	g, ok := e.findGuard(provider)
	if !ok {
		return
	}
	for i := range e.subjects {
		if e.subjects[i].Provider == provider {
			e.subjects[i].Guard = GuardMark{}
		}
	}
	e.guards[g] = Guard{Provider: provider}
}
