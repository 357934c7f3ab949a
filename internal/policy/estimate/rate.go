package estimate

import (
	"math"
	"time"
)

// Rate is what a demand for requests remembers.
type Rate struct {
	Level  Level  `json:"level"`
	Margin Margin `json:"margin"`
	// Held are orders that may still decide, each larger than those after it.
	Held []Ask `json:"held,omitempty"`
	// Orders are what was in force lately, oldest first.
	Orders []Ask `json:"orders,omitempty"`
	// Backlog waits, as this model has it; Beyond says that no margin could have kept
	// it away.
	Backlog float64 `json:"backlog,omitempty"`
	Beyond  bool    `json:"beyond,omitempty"`
	// Latest is what the newest sample asked for.
	Latest Followed `json:"latest,omitzero"`
}

// Ask is a rate that capacity is asked for.
type Ask struct {
	At     time.Duration
	Level  float32
	Rising bool
	Rate   float32 // the level and its margin
	Floor  bool    // the rate is a floor's, above that
}

// RateRule is how a rate is followed.
type RateRule struct {
	MarginRule

	// Fixed margin, at least 1; 0: learned.
	Fixed float64
	// BreakEven is how long an order counts at least; its StartUp is above 0.
	BreakEven

	// PerReplica is what one carries, above 0.
	PerReplica float64
}

const (
	grains      = 12  // of a span: orders within one are one, so that state is bounded
	mostBacklog = 120 // seconds of the capacity: who waits longer has gone
	tolerated   = 0.5 // seconds that a request may wait without being late
)

// Followed is what a rate asks for, and why. Ahead is 0 unless it decided.
type Followed struct {
	Reading

	// Horizon is when what is ordered now serves: after the start-up, the age of the
	// sample and the time until the next.
	Horizon time.Duration `json:"horizonNs"`
	// Margin that the level is taken times, and how well it is known, from 0 to 1.
	Margin float64 `json:"margin"`
	Sure   float64 `json:"sure,omitempty"`
	// Capped says that the margin would be more, were it not for its cap.
	Capped bool `json:"capped,omitempty"`
	// Drain is what serves, within a start-up, what waits by this model.
	Drain float64 `json:"drain,omitempty"`
	// Beyond is the share of traffic that was late and outgrew the cap.
	Beyond float64 `json:"beyond,omitempty"`
	// Rate that capacity is asked for.
	Rate float64 `json:"rate"`
}

// Follow takes a sample in that was true at an instant and known at another, while
// something else asks for a floor. Only one that teaches changes what is learned, and it does so for the next: with the same
// memory, a larger sample never asks for less.
func (r RateRule) Follow(s *Rate, at, now time.Duration, value, floor float64, teaches bool) Followed {
	s.Level.Over = r.levelOver()
	span := s.Level.Add(at, value)
	f := r.weigh(s, at, now)
	switch {
	case span == 0:
		s.Backlog, s.Beyond, s.Orders = 0, false, s.Orders[:0]
	case !teaches:
		s.Backlog, s.Beyond = 0, false
	default:
		r.judge(s, at, span, value)
	}
	f.Drain, f.Beyond = min(s.Backlog/r.StartUp.Seconds(), f.Rate), s.Margin.Beyond
	f.Rate += f.Drain
	r.hold(s, float32(floor), Ask{At: now, Level: float32(max(f.Mean, f.Ahead)), Rising: f.Ahead > 0, Rate: float32(f.Rate)})
	s.Latest = f
	return f
}

// weigh takes the level, or what is ahead of it, times the margin of each: the larger.
func (r RateRule) weigh(s *Rate, at, now time.Duration) Followed {
	f := Followed{Horizon: r.StartUp + now - at + s.Level.spacing()}
	f.Reading = s.Level.Read(f.Horizon)
	f.Margin, f.Sure, f.Capped = r.factor(&s.Margin, false, f.Mean)
	f.Rate = f.Mean * f.Margin
	if m, sure, capped := r.factor(&s.Margin, true, f.Ahead); f.Ahead*m > f.Rate {
		f.Margin, f.Sure, f.Capped, f.Rate = m, sure, capped, f.Ahead*m
	} else {
		f.Ahead = 0
	}
	return f
}

func (r RateRule) factor(m *Margin, rising bool, level float64) (factor, sure float64, capped bool) {
	if r.Fixed > 0 {
		return r.Fixed, 1, false
	}
	return r.Factor(m, rising, level)
}

// levelOver is what the level is the mean over: what is known of the time until a
// replica can be ready is known of about as long before.
func (r RateRule) levelOver() time.Duration { return min(max(r.StartUp, shortestLevel), longestLevel) }

// grain is the time of a span within which orders are one.
func grain(span time.Duration) time.Duration { return max(span/grains, time.Second) }

// hold lets the largest order of the last Keep count, and notes what is in force: that,
// or a floor above it.
func (r RateRule) hold(s *Rate, floor float32, o Ask) {
	now := o.At
	for len(s.Held) > 0 && now-s.Held[0].At > r.Keep() {
		s.Held = s.Held[:copy(s.Held, s.Held[1:])]
	}
	g := grain(r.Keep())
	o.At = (now + g - 1).Truncate(g)
	n := len(s.Held)
	for n > 0 && s.Held[n-1].Rate <= o.Rate {
		n--
	}
	if n == 0 || s.Held[n-1].At < o.At {
		s.Held = append(s.Held[:n], o)
	} else {
		s.Held = s.Held[:n]
	}
	force := r.InForce(s, now)
	force.At = now
	if floor > force.Rate {
		force.Rate, force.Floor = floor, true
	}
	if n := len(s.Orders); n > 0 && now-s.Orders[n-1].At < grain(r.StartUp) {
		if force.Rate < s.Orders[n-1].Rate {
			force.At = s.Orders[n-1].At
			s.Orders[n-1] = force
		}
		return
	}
	s.Orders = append(s.Orders, force)
}

// InForce is the order that counts at an instant.
func (r RateRule) InForce(s *Rate, now time.Duration) Ask {
	for _, o := range s.Held {
		if now-o.At <= r.Keep() {
			return o
		}
	}
	return Ask{}
}

// judge learns from what came against what was ready for it.
func (r RateRule) judge(s *Rate, at, span time.Duration, actual float64) {
	ready, ok := r.ready(s, at-span/2)
	if !ok || ready.Level <= 0 {
		s.Backlog = 0
		return
	}
	level := float64(ready.Level)
	capacity := max(1, math.Ceil(float64(ready.Rate)/r.PerReplica-1e-9)) * r.PerReplica
	before := s.Backlog / capacity
	s.Backlog = min(max(0, s.Backlog+(actual-capacity)*span.Seconds()), mostBacklog*capacity)
	s.Beyond = s.Backlog > 0 && (s.Beyond || actual > level*r.Cap)
	score := Score{At: at, Span: span, Level: level, Rising: ready.Rising, Actual: actual, Late: above(before, s.Backlog/capacity)}
	if ready.Floor && actual <= capacity {
		score.Actual = min(actual, level) // no margin needs to cover it
	}
	if s.Beyond {
		score.Actual = max(actual, 1.001*level*r.Cap)
	}
	if r.Fixed == 0 {
		r.Learn(&s.Margin, score)
	}
}

// above is the share of a time in which a wait that went evenly from one to another
// was more than is tolerated.
func above(from, to float64) float64 {
	low, high := min(from, to), max(from, to)
	switch {
	case high <= tolerated:
		return 0
	case low >= tolerated:
		return 1
	}
	return (high - tolerated) / (high - low)
}

// ready is what was ordered in time to be ready at an instant, and not given up since.
func (r RateRule) ready(s *Rate, at time.Duration) (Ask, bool) {
	from := 0
	for from+1 < len(s.Orders) && s.Orders[from+1].At <= at-r.StartUp {
		from++
	}
	s.Orders = s.Orders[:copy(s.Orders, s.Orders[from:])]
	if len(s.Orders) == 0 || s.Orders[0].At > at-r.StartUp {
		return Ask{}, false
	}
	least := s.Orders[0]
	for _, o := range s.Orders[1:] {
		if o.At <= at && o.Rate < least.Rate {
			least = o
		}
	}
	return least, true
}

// Moved is a copy that shares no memory, on a monotonic clock that is ahead by so much.
func (s *Rate) Moved(by time.Duration) *Rate {
	out := *s
	out.Level, out.Margin = s.Level.moved(by), s.Margin.moved(by)
	for _, orders := range []*[]Ask{&out.Held, &out.Orders} {
		*orders = append([]Ask(nil), *orders...)
		for i := range *orders {
			(*orders)[i].At += by
		}
	}
	return &out
}
