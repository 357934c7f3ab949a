// Package estimate learns what demands need to know from what was seen: how far
// demand outgrows its level, how long replicas take to start, what one can carry. An
// estimate is plain data of bounded size, changed in place only by what is added to
// it. It is pure: no I/O, no clock; times are arguments.
package estimate

import (
	"math"
	"time"
)

// Scale is how a histogram is cut: buckets that grow geometrically from Lowest, and
// weights that halve with every HalfLife. It is a setting, not state: the same scale
// goes with a histogram for its life.
type Scale struct {
	Lowest   float64 // the lower edge of the first bucket, above 0
	Growth   float64 // of each bucket's edges to the next, above 1
	Buckets  int
	HalfLife time.Duration
}

// Histogram is weights over the buckets of a scale, decaying as in Kubernetes'
// vertical pod autoscaler. The zero value is empty.
type Histogram struct {
	Weights Weights `json:"weights,omitempty"`
	// At is the instant, on the monotonic clock, that the weights are of.
	At time.Duration `json:"atNs,omitempty"`
}

// Add adds a value with a weight. Values outside the scale count at its ends; what is
// not a number, or not above 0 in weight, is not added.
func (s Scale) Add(h *Histogram, value, weight float64, now time.Duration) {
	if math.IsNaN(value) || !(weight > 0) || math.IsInf(weight, 1) {
		return
	}
	if len(h.Weights) != s.Buckets {
		h.Weights, h.At = make(Weights, s.Buckets), now
	}
	s.decay(h, now)
	h.Weights[s.bucket(value)] += float32(weight)
}

// decay brings the weights to an instant, if it is later.
func (s Scale) decay(h *Histogram, now time.Duration) {
	if now <= h.At {
		return
	}
	factor := float32(math.Exp2(-float64(now-h.At) / float64(s.HalfLife)))
	for i := range h.Weights {
		h.Weights[i] *= factor
	}
	h.At = now
}

func (s Scale) bucket(value float64) int {
	if value <= s.Lowest {
		return 0
	}
	return int(min(math.Log(value/s.Lowest)/math.Log(s.Growth), float64(s.Buckets-1)))
}

// Quantile is the upper edge of the bucket below which the share p of the weight
// lies; false where there is no weight.
func (s Scale) Quantile(h Histogram, p float64) (float64, bool) {
	total := s.Weight(h)
	if total <= 0 {
		return 0, false
	}
	sum, last := 0.0, 0
	for i, w := range h.Weights {
		if w <= 0 {
			continue
		}
		sum, last = sum+float64(w), i
		if sum >= p*total*(1-1e-9) {
			break
		}
	}
	return s.Lowest * math.Pow(s.Growth, float64(last+1)), true
}

// Weight is the sum of the weights, as of the latest value added.
func (s Scale) Weight(h Histogram) float64 {
	sum := 0.0
	for _, w := range h.Weights {
		sum += float64(w)
	}
	return sum
}
