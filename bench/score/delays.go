package score

import (
	"math"
	"time"
)

const (
	finest  = time.Millisecond
	growth  = 1.1
	buckets = 256 // up to a thousand years
)

// delays is a histogram of fixed size: bucket 0 is up to finest, each other one is
// 10 % wider than the one before.
type delays [buckets]float64

func (h *delays) add(d time.Duration, weight float64) {
	i := 0
	if d > finest {
		i = min(buckets-1, int(math.Ceil(math.Log(float64(d)/float64(finest))/math.Log(growth))))
	}
	h[i] += weight
}

// quantile is the upper end of the bucket in which it lies; 0 if that is the first, or
// if there is none.
func (h *delays) quantile(q float64) time.Duration {
	sum := 0.0
	for _, weight := range h {
		sum += weight
	}
	below := 0.0
	for i, weight := range h {
		below += weight
		if i > 0 && sum > 0 && below >= q*sum {
			return time.Duration(min(float64(finest)*math.Pow(growth, float64(i)), math.MaxInt64/2))
		}
		if below >= q*sum {
			return 0
		}
	}
	return 0
}
