package trial

import (
	"math"
	"time"

	"github.com/scaler-dev/scaler/bench/trace"
)

// fill adds what all runs have in common.
func (r *Result) fill(t *trace.Trace) {
	for i := range r.Runs {
		r.Runs[i].over(r.Oracle)
	}
	stride := strideOf(t.Len())
	for from := 0; from < t.Len(); from += stride {
		r.Times = append(r.Times, t.Start.Add(time.Duration(from)*t.Step))
		sum, n := 0.0, 0
		for i := from; i < min(from+stride, t.Len()); i++ {
			if v, known := t.At(i); known {
				sum += v
				n++
			}
		}
		if n == 0 {
			sum = math.NaN()
		}
		r.Demand = append(r.Demand, sum/float64(max(1, n)))
	}
}
