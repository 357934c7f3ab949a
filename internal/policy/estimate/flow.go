package estimate

import (
	"math"
	"time"
)

// Pace is over how long a flow is averaged: two exponential means, the slower with
// twice the time constant. It is a setting.
type Pace struct{ Constant time.Duration }

// Flow is how many come a second, as two means. The zero value knows nothing.
type Flow struct {
	Fast float64 `json:"fast,omitempty"`
	Slow float64 `json:"slow,omitempty"`
	// Seen is the time that the means are of, up to a few constants.
	Seen time.Duration `json:"seenNs,omitempty"`
}

// Add takes in that so many came a second for so long. Unless it may lower, it only
// raises. What is negative or not finite is not added.
func (p Pace) Add(f *Flow, rate float64, over time.Duration, mayLower bool) {
	if !(rate >= 0) || math.IsInf(rate, 1) || over <= 0 || p.Constant <= 0 {
		return
	}
	f.Fast = p.blend(f.Fast, rate, over, f.Seen, p.Constant, mayLower)
	f.Slow = p.blend(f.Slow, rate, over, f.Seen, 2*p.Constant, mayLower)
	f.Seen = min(f.Seen+over, 8*p.Constant)
}

// blend is an exponential mean that starts as a plain one: what was seen of the first
// seconds says little of the mean over minutes, but it is all that there is.
func (p Pace) blend(mean, rate float64, over, seen, constant time.Duration, mayLower bool) float64 {
	if rate < mean && !mayLower {
		return mean
	}
	weight := -math.Expm1(-float64(over) / float64(constant))
	if seen < constant {
		weight = max(weight, float64(over)/float64(seen+over))
	}
	return mean + (rate-mean)*weight
}

// Rate is the flow now.
func (f Flow) Rate() float64 { return f.Fast }

// Highest is the larger of the means.
func (f Flow) Highest() float64 { return max(f.Fast, f.Slow) }
