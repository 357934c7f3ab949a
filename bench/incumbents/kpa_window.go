package incumbents

import (
	"math"
	"time"
)

// Window is Knative's average of a metric over the seconds behind: a ring of buckets
// of a granularity. Seconds without a record between the first and the last count as
// 0; those before the first and after the last do not count.
type Window struct {
	granularity time.Duration
	buckets     []float64
	total       float64
	// first and last are the buckets written first and last, where any was.
	first, last int64
	written     bool
	// decay, where it is not 0, weighs the newest most.
	decay float64
}

// NewWindow is an average in which all buckets weigh the same.
func NewWindow(length, granularity time.Duration) *Window {
	n := int(math.Ceil(float64(length) / float64(granularity)))
	return &Window{granularity: granularity, buckets: make([]float64, n)}
}

// NewWeightedWindow is one in which older buckets weigh less and less: the
// aggregation algorithm "weighted-exponential".
func NewWeightedWindow(length, granularity time.Duration) *Window {
	w := NewWindow(length, granularity)
	w.decay = math.Max(1-math.Pow(1-0.9999, 1/float64(len(w.buckets))), 0.2)
	return w
}

// Record adds to the bucket of an instant. What is older than the window is left out.
func (w *Window) Record(now time.Duration, value float64) {
	at, length := w.index(now), int64(len(w.buckets))
	switch {
	case !w.written || at-w.last >= length:
		clear(w.buckets)
		w.total, w.first, w.last, w.written = 0, at, at, true
	case w.last-at >= length:
		return
	default:
		w.first = min(w.first, at)
		for ; w.last < at; w.last++ {
			b := w.bucket(w.last + 1)
			w.total -= *b
			*b = 0
		}
	}
	*w.bucket(at) += value
	w.total += value
}

// Empty says that nothing was recorded within the window.
func (w *Window) Empty(now time.Duration) bool {
	return !w.written || w.index(now)-w.last > int64(len(w.buckets))
}

// Average is that of the buckets up to now; 0 where the window is empty.
func (w *Window) Average(now time.Duration) float64 {
	if w.Empty(now) {
		return 0
	}
	if w.decay > 0 {
		return w.weighted(now)
	}
	at, length := w.index(now), int64(len(w.buckets))
	total, stale := w.total, max(0, at-w.last)
	if stale >= length {
		return 0
	}
	for i := w.last + 1; i <= at; i++ {
		total -= *w.bucket(i)
	}
	counted := min(w.last-w.first+1, length-stale)
	return math.Round(total/float64(counted)*1e6) / 1e6
}

func (w *Window) weighted(now time.Duration) float64 {
	weight, n := w.decay, int64(len(w.buckets))
	if stale := w.index(now) - w.last; stale > 0 {
		weight *= math.Pow(1-w.decay, float64(stale))
		n -= stale
	}
	average := 0.0
	for i := range n {
		average += *w.bucket(w.last - i) * weight
		weight *= 1 - w.decay
	}
	return average
}

func (w *Window) index(now time.Duration) int64 { return int64(now / w.granularity) }

func (w *Window) bucket(index int64) *float64 {
	n := int64(len(w.buckets))
	return &w.buckets[((index%n)+n)%n]
}
