package trace

import (
	"sort"
	"time"
)

// gapAbove is how many median steps may lie between two rows before there is a
// gap between them.
const gapAbove = 1.5

// Series is a recorded series of numbers over time. It is immutable.
type Series struct {
	start   time.Time
	offsets []time.Duration // since start, increasing
	values  []float64
	step    time.Duration // the median
}

// Start is the instant of the first row.
func (s *Series) Start() time.Time { return s.start }

// Len is the number of rows.
func (s *Series) Len() int { return len(s.values) }

// Step is the median time between two rows.
func (s *Series) Step() time.Duration { return s.step }

// Duration is from the first row to the end of what the last one covers.
func (s *Series) Duration() time.Duration { return s.offsets[len(s.offsets)-1] + s.step }

// At is the value at a time since the start. A row covers the time up to the next
// one, or one step if the next is missing: more than 1.5 steps away, or not there.
// What no row covers has no value.
func (s *Series) At(d time.Duration) (float64, bool) {
	i := sort.Search(len(s.offsets), func(i int) bool { return s.offsets[i] > d }) - 1
	if i < 0 || d >= s.coveredTo(i) {
		return 0, false
	}
	return s.values[i], true
}

func (s *Series) coveredTo(i int) time.Duration {
	if i+1 < len(s.offsets) {
		if next := s.offsets[i+1]; float64(next-s.offsets[i]) <= gapAbove*float64(s.step) {
			return next
		}
	}
	return s.offsets[i] + s.step
}
