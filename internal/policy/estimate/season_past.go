package estimate

import (
	"math"
	"time"
)

// almost is how much of a period a season must have seen before it tells anything.
const almost = 0.9

// Whole tells whether a period was seen, but for gaps.
func (s *Season) Whole() bool { return float64(s.Seen()) >= almost*float64(s.period()) }

// Fill takes the highest value that a provider remembers of a slot, and tells whether it
// did. What was seen here is not changed by it, and what is older than the season keeps
// is left out.
func (s *Season) Fill(wall time.Time, value float64) bool {
	c := s.cut()
	slot := c.of(wall)
	if !(value >= 0) || math.IsInf(value, 1) || wall.Unix() < 0 || !(s.Unit > 0) || s.at(c, slot) != 0 {
		return false
	}
	if len(s.Slots) == int(c.ring) && slot <= s.Last-c.ring {
		return false
	}
	s.put(c, slot, value)
	return true
}

// Cold tells whether less than a period was seen, or nothing for so long a gap.
func (s *Season) Cold(now time.Time, gap time.Duration) bool {
	c := s.cut()
	return !s.Whole() || c.of(now)-s.Last > int64(gap/time.Second)/c.slot
}
