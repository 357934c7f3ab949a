package estimate

import (
	"math"
	"slices"
	"time"
)

const (
	// probe is how far above what was ever seen to go well a capacity may be taken.
	probe = 1.1
	// below the load at which the objective was violated, it is kept by so much.
	below = 0.9
	// alike are two violations at loads that differ by no more; they confirm each other
	// if they are apart in time, as a bound is that rises until it is tried again.
	alike = 0.15
	apart = 20 * time.Minute
	// elsewhere is the share of the capacity below which a violation is taken for
	// somebody else's fault, unless it goes on.
	elsewhere = 0.5
	// goesOn is how many samples of a violation in a row count as another one, twice:
	// what goes on whatever the load is not about the load. Beyond uncommon times the
	// load that is common, the highest of a tenth of the samples, it is.
	goesOn = 20
	// blindly is as many while nothing went well yet: too few replicas may be why.
	blindly  = 4
	common   = 0.1
	uncommon = 2
	// enoughGood are samples until a capacity is known at all. Without fewGood of them,
	// or fewShare of all, a load counts as never seen.
	enoughGood, fewGood, fewShare = 20, 3, 0.002
	// doubling is the time in which a violation's bound doubles; each violation at
	// about the same load doubles that time, up to so many.
	doubling     = 3 * time.Hour
	maxConfirmed = 4
)

// capacities is how loads that went well are kept: from one in a hundred seconds to a
// million a second, within 5 %, for a few days.
func capacities() Scale {
	return Scale{Lowest: 0.01, Growth: 1.05, Buckets: 378, HalfLife: 3 * 24 * time.Hour}
}

// Capacity learns the largest load that one replica carries within a latency
// objective. It rises slowly, by what was tried, and falls at once. The zero value
// knows nothing.
type Capacity struct {
	// Good are the loads that went well.
	Good Histogram `json:"good,omitzero"`
	// Bad is the load at which the objective was violated, as of BadAt; 0: none.
	Bad   float64       `json:"bad,omitempty"`
	BadAt time.Duration `json:"badAtNs,omitempty"`
	// Confirmed are violations in a row at about that load.
	Confirmed int `json:"confirmed,omitempty"`
	// Late are the latest samples in a row that violated the objective.
	Late int `json:"late,omitempty"`
	// Base is the latency without load, and Fit the capacity that latency =
	// base/(1-rho) says; 0: not known.
	Base float64 `json:"base,omitempty"`
	Fit  float64 `json:"fit,omitempty"`
}

// Add takes a sample: the load of a replica and its latency, which should be within
// an objective. What is no number above 0 is not taken.
func (c *Capacity) Add(load, latency, within float64, now time.Duration) {
	for _, v := range []float64{load, latency, within} {
		if !(v > 0) || math.IsInf(v, 1) {
			return
		}
	}
	if latency > within {
		c.late(load, now)
		return
	}
	c.Late = 0
	capacities().Add(&c.Good, load, 1, now)
	c.fit(load, latency, within)
}

// late takes a violation. Only its first sample tells the load that was too much:
// later ones still wait for what it left behind.
func (c *Capacity) late(load float64, now time.Duration) {
	c.Late++
	known, sure := c.Value(now)
	first, on := c.Late == 1, c.goesOn(load)
	if !first && !on || first && sure > 0 && load < elsewhere*known {
		return
	}
	if sure > 0 {
		load = max(load, elsewhere*known) // one violation takes half at most
	}
	bound := c.bound(now) // as the violations until now have it
	switch {
	case !first || c.Bad == 0 || math.Abs(load/bound-1) > alike:
		c.Confirmed = 0
	case now-c.BadAt >= apart:
		c.Confirmed = min(c.Confirmed+1, maxConfirmed)
	}
	if c.Bad > 0 {
		load = min(load, bound)
	}
	since := doubling
	if c.Bad > 0 {
		since = min(now-c.BadAt, doubling)
	}
	c.forget(load, since)
	c.Bad, c.BadAt = load, now
}

// goesOn tells whether a violation in a row counts as another one.
func (c *Capacity) goesOn(load float64) bool {
	n := capacities().Weight(c.Good)
	switch {
	case n < enoughGood:
		return c.Late%blindly == 0
	case c.Late <= 2*goesOn:
		return c.Late%goesOn == 0
	default:
		return c.Late%goesOn == 0 && load > uncommon*capacities().top(c.Good, common*n)
	}
}

// forget halves what went well at loads that now did not, at most once in the time of a
// doubling: a day of garbage must not make all of it unknown.
func (c *Capacity) forget(load float64, since time.Duration) {
	keep := float32(math.Exp2(-since.Hours() / doubling.Hours()))
	if len(c.Good.Weights) == 0 {
		return
	}
	for i := capacities().bucket(load) + 1; i < len(c.Good.Weights); i++ {
		c.Good.Weights[i] *= keep
	}
}

// bound is the load of the last violation, as it has been forgotten since.
func (c *Capacity) bound(now time.Duration) float64 {
	after := max(0, now-c.BadAt).Hours() / (doubling.Hours() * math.Exp2(float64(c.Confirmed)))
	return c.Bad * math.Exp2(after)
}

// fit follows latency = base/(1-rho) where the latency tells anything of rho.
func (c *Capacity) fit(load, latency, within float64) {
	if c.Base == 0 || latency < c.Base {
		c.Base = latency
	} else {
		c.Base += (latency - c.Base) / 1000
	}
	rho := 1 - c.Base/latency
	if rho < 0.3 || c.Base >= within {
		return
	}
	at := load / rho * (1 - c.Base/within)
	if c.Fit == 0 {
		c.Fit = at
	}
	c.Fit += (at - c.Fit) / 20
}

// Value is the load that a replica carries, and how well that is known, from 0 to 1;
// 0 and 0 until anything is. Where nothing went well yet, it is less than what did not.
func (c *Capacity) Value(now time.Duration) (load, sure float64) {
	n := capacities().Weight(c.Good)
	switch {
	case n < enoughGood && c.Bad == 0:
		return 0, 0
	case n < enoughGood:
		return c.Allows(now), 0
	}
	top := capacities().top(c.Good, max(fewGood, fewShare*n))
	load = top * probe
	if c.Fit > 0 {
		load = min(max(c.Fit, top), load)
	}
	sure = n / (n + 10*enoughGood) / 2
	load = min(load, c.Allows(now))
	if c.Bad > 0 {
		sure += 0.5 * float64(c.Confirmed+1) / (maxConfirmed + 1)
	}
	return load, sure
}

// Allows is the most that the last violation leaves, as far as it is not forgotten.
func (c *Capacity) Allows(now time.Duration) float64 {
	if c.Bad == 0 {
		return math.Inf(1)
	}
	return below * c.bound(now)
}

// Progress is how much is known of what it takes to know anything, from 0 to 1.
func (c *Capacity) Progress() float64 {
	return min(1, capacities().Weight(c.Good)/enoughGood)
}

// top is the middle of the highest bucket at or above which there is that weight, or
// else of the lowest one that has any.
func (s Scale) top(h Histogram, weight float64) float64 {
	sum, lowest := 0.0, 0
	for i, w := range slices.Backward(h.Weights) {
		if w <= 0 {
			continue
		}
		lowest = i
		if sum += float64(w); sum >= weight {
			break
		}
	}
	return s.Lowest * math.Pow(s.Growth, float64(lowest)+0.5)
}
