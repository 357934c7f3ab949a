package estimate

import (
	"math"
	"time"
)

// Enough is what a season must have seen before it tells anything: a day, but for gaps.
const Enough = 24 * time.Hour * 9 / 10

// Fill takes the highest value that a provider remembers of a slot. What was seen here
// is not changed by it, and what is older than the season keeps is left out.
func (s *Season) Fill(wall time.Time, value float64) {
	slot := slotOf(wall)
	if !(value >= 0) || math.IsInf(value, 1) || wall.Unix() < 0 || !(s.Unit > 0) || s.at(slot) != 0 {
		return
	}
	if len(s.Slots) == int(ringLen) && slot <= s.Last-ringLen {
		return
	}
	s.put(slot, value)
}

// Cold tells whether less than a day was seen, or nothing for so long a gap.
func (s *Season) Cold(now time.Time, gap time.Duration) bool {
	return s.Seen() < Enough || slotOf(now)-s.Last > int64(gap/slotFor)
}
