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
	// alike are two violations at loads that differ by no more.
	alike = 0.15
	// elsewhere is the share of the capacity below which a violation is taken for
	// somebody else's fault, unless it goes on.
	elsewhere = 0.5
	// goesOn is how many samples of a violation in a row count as another one, twice:
	// what goes on whatever the load is not about the load.
	goesOn = 20
	// enoughGood are samples until a capacity is known at all, and fewGood those
	// without which a load counts as never seen.
	enoughGood, fewGood = 20, 3
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
	first, on := c.Late == 1, c.Late == goesOn || c.Late == 2*goesOn
	if !first && !on || first && sure > 0 && load < elsewhere*known {
		return
	}
	if sure > 0 {
		load = max(load, elsewhere*known) // one violation takes half at most
	}
	if first && c.Bad > 0 && math.Abs(load/c.bound(now)-1) <= alike {
		c.Confirmed = min(c.Confirmed+1, maxConfirmed)
	} else {
		c.Confirmed = 0
	}
	if c.Bad > 0 {
		load = min(load, c.bound(now))
	}
	c.Bad, c.BadAt = load, now
	c.forget(load)
}

// forget halves what went well at loads that now did not.
func (c *Capacity) forget(load float64) {
	if len(c.Good.Weights) == 0 {
		return
	}
	for i := capacities().bucket(load) + 1; i < len(c.Good.Weights); i++ {
		c.Good.Weights[i] /= 2
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
// 0 and 0 until anything is.
func (c *Capacity) Value(now time.Duration) (load, sure float64) {
	n := capacities().Weight(c.Good)
	if n < enoughGood {
		return 0, 0
	}
	top := capacities().top(c.Good, fewGood)
	load = top * probe
	if c.Fit > 0 {
		load = min(max(c.Fit, top), load)
	}
	sure = n / (n + 10*enoughGood) / 2
	if c.Bad > 0 {
		load = min(load, below*c.bound(now))
		sure += 0.5 * float64(c.Confirmed+1) / (maxConfirmed + 1)
	}
	return load, sure
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
