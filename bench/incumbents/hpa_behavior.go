package incumbents

import (
	"math"
	"slices"
	"time"
)

// PolicyType says what a scaling policy's value is.
type PolicyType string

// The types of scaling policies.
const (
	Pods    PolicyType = "Pods"
	Percent PolicyType = "Percent"
)

// Select says which of several scaling policies holds.
type Select string

// The selections. Any other is Max.
const (
	SelectMax      Select = "Max"
	SelectMin      Select = "Min"
	SelectDisabled Select = "Disabled"
)

// Policy is how many replicas may come or go within a period.
type Policy struct {
	Type   PolicyType
	Value  int32
	Period time.Duration
}

// Rules are those of one direction.
type Rules struct {
	// Window is how far back recommendations count.
	Window   time.Duration
	Policies []Policy
	Select   Select
}

// Behavior is an HPA's spec.behavior with every default filled in.
type Behavior struct{ Up, Down Rules }

// DefaultBehavior is what the API server fills in where spec.behavior is given and
// empty: pkg/apis/autoscaling/v2/defaults.go, and the controller's 5 minutes.
func DefaultBehavior() Behavior {
	const period = 15 * time.Second
	return Behavior{
		Up:   Rules{Policies: []Policy{{Pods, 4, period}, {Percent, 100, period}}, Select: SelectMax},
		Down: Rules{Window: 5 * time.Minute, Policies: []Policy{{Percent, 100, period}}, Select: SelectMax},
	}
}

// timed is a recommendation, or a change in replicas, and when it was.
type timed struct {
	at time.Duration
	n  int32
}

// memory is what an HPA keeps of its past.
type memory struct {
	recommended []timed
	up, down    []timed
}

// stabilize bounds what is wanted by the recommendations of both windows, and
// remembers it as it was.
func (m *memory) stabilize(now time.Duration, b Behavior, current, wanted int32) int32 {
	least, most := wanted, wanted
	for _, r := range m.recommended {
		if now-r.at < b.Up.Window {
			least = min(least, r.n)
		}
		if now-r.at < b.Down.Window {
			most = max(most, r.n)
		}
	}
	m.recommended = remember(m.recommended, timed{now, wanted}, max(b.Up.Window, b.Down.Window))
	return min(max(current, least), most)
}

// stabilizeDown is the same of an HPA without a behaviour: down only, and a
// recommendation counts until it is older than the window.
func (m *memory) stabilizeDown(now, window time.Duration, wanted int32) int32 {
	most := wanted
	for _, r := range m.recommended {
		if now-r.at <= window {
			most = max(most, r.n)
		}
	}
	m.recommended = remember(m.recommended, timed{now, wanted}, window)
	return most
}

// limit bounds a change by the policies of its direction and by the range.
func (m *memory) limit(now time.Duration, b Behavior, current, wanted, least, most int32) int32 {
	switch {
	case wanted > current:
		allowed := max(current, m.highest(now, b.Up, current))
		return min(wanted, allowed, most)
	case wanted < current:
		allowed := min(current, m.lowest(now, b.Down, current))
		return max(wanted, allowed, least)
	default:
		return wanted
	}
}

// limitOut is the same of an HPA without a behaviour: it may double, or go to 4.
func limitOut(current, wanted, least, most int32) int32 {
	most = min(most, max(4, whole(2*float64(current))))
	if wanted < least {
		return least
	}
	return min(wanted, most)
}

func (m *memory) highest(now time.Duration, r Rules, current int32) int32 {
	return r.choose(current, -1, func(p Policy) int32 {
		if start := m.before(now, p.Period, current); p.Type == Percent {
			return whole(math.Ceil(float64(start) * (1 + float64(p.Value)/100)))
		} else {
			return start + p.Value
		}
	})
}

func (m *memory) lowest(now time.Duration, r Rules, current int32) int32 {
	return r.choose(current, 1, func(p Policy) int32 {
		if start := m.before(now, p.Period, current); p.Type == Percent {
			return whole(float64(start) * (1 - float64(p.Value)/100))
		} else {
			return start - p.Value
		}
	})
}

// choose takes the policy that allows most, or least. The sign says which way the
// least change is: -1, where it is the smallest limit.
func (r Rules) choose(current, sign int32, limit func(Policy) int32) int32 {
	if r.Select == SelectDisabled || len(r.Policies) == 0 {
		return current
	}
	limits := make([]int32, len(r.Policies))
	for i, p := range r.Policies {
		limits[i] = limit(p)
	}
	if (r.Select == SelectMin) == (sign < 0) {
		return slices.Min(limits)
	}
	return slices.Max(limits)
}

// before is how many replicas there were a period ago.
func (m *memory) before(now, period time.Duration, current int32) int32 {
	return current - changes(m.up, now, period) + changes(m.down, now, period)
}

func changes(events []timed, now, period time.Duration) int32 {
	n := int32(0)
	for _, e := range events {
		if now-e.at < period {
			n += e.n
		}
	}
	return n
}

// scaled remembers a change for the policies of later ones.
func (m *memory) scaled(now time.Duration, b Behavior, from, to int32) {
	if to > from {
		m.up = remember(m.up, timed{now, to - from}, b.Up.longest())
	} else {
		m.down = remember(m.down, timed{now, from - to}, b.Down.longest())
	}
}

func (r Rules) longest() time.Duration {
	d := time.Duration(0)
	for _, p := range r.Policies {
		d = max(d, p.Period)
	}
	return d
}

// remember puts the latest in place of one that is older than the window, if there
// is one. So the original does, and it shows: a change that no policy of its own
// direction looks back to still counts for those of the other, until it is replaced.
func remember(past []timed, latest timed, window time.Duration) []timed {
	for i, p := range slices.Backward(past) {
		if latest.at-p.at > window {
			past[i] = latest
			return past
		}
	}
	return append(past, latest)
}
