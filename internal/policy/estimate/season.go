package estimate

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"time"
)

// Day is the usual period of a season.
const Day = 24 * time.Hour

// How a season is cut: a period into at most so many slots, four minutes of a day,
// over eight periods, of which the oldest is being overwritten, a byte each: 4 KiB of
// JSON.
const (
	mostSlots = 360
	keepDays  = 8
	lookBack  = 7 // periods
	// means are how many short means a slot is the highest of, at most.
	means = 6
	// weekFrom is how much must have been seen before weekdays and weekends are told
	// apart.
	weekFrom = 14 * Day
)

// The scale of a byte: 0 is nothing seen, 1 is zero, and from 2 on steps of 5 % from a
// hundredth of the unit to more than two thousand units.
const (
	seasonLow  = 0.01
	seasonStep = 1.05
)

// Season is the highest short mean of every slot of the last periods, which are days
// in UTC unless they are shorter. What was not seen is missing, and not zero. The zero
// value is empty, and of days.
type Season struct {
	// Period after which it repeats itself, in whole minutes; 0: a day.
	Period time.Duration `json:"periodNs,omitempty"`
	// Unit of the values, which one of them was of when the season began.
	Unit float64 `json:"unit,omitempty"`
	// Since is the second of Unix time of the first value, Last the newest slot.
	Since int64  `json:"since,omitempty"`
	Last  int64  `json:"last,omitempty"`
	Slots []byte `json:"slots,omitempty"`
	// Sum and Count make the mean that began at From, in seconds of Unix time.
	Sum   float64 `json:"sum,omitempty"`
	Count int     `json:"count,omitempty"`
	From  int64   `json:"from,omitempty"`
}

// period after which the season repeats itself.
func (s *Season) period() time.Duration { return cmp.Or(s.Period, Day) }

// cut is how a season is cut.
type cut struct {
	slot, mean int64 // in seconds
	day, ring  int64 // in slots
}

// cut makes slots of as few seconds as make up a period.
func (s *Season) cut() cut {
	period := int64(s.period() / time.Second)
	slot := max(1, (period+mostSlots-1)/mostSlots)
	for period%slot != 0 {
		slot++
	}
	return cut{slot: slot, mean: max(1, slot/means), day: period / slot, ring: period / slot * keepDays}
}

func (c cut) of(wall time.Time) int64 { return wall.Unix() / c.slot }

// Forecast is what the last periods had.
type Forecast struct {
	Value float64
	// Days, or periods, that it rests on, and Factor that it was re-based by.
	Days   int
	Factor float64
	// Weekly says that they are days of the same part of the week.
	Weekly bool
}

// Add adds a value as of an instant. What is no number from 0 on is not added. Values
// may come for slots in the past, as from a provider's history.
func (s *Season) Add(wall time.Time, value float64) {
	if !(value >= 0) || math.IsInf(value, 1) || wall.Unix() < 0 || !(s.Unit > 0) {
		return
	}
	at := wall.Unix()
	c := s.cut()
	from := at - at%c.mean
	if from != s.From {
		s.flush(c)
		s.From, s.Sum, s.Count = from, 0, 0
	}
	s.Sum += value
	s.Count++
}

// flush ends a short mean.
func (s *Season) flush(c cut) {
	if s.Count > 0 {
		s.put(c, s.From/c.slot, s.Sum/float64(s.Count))
	}
}

// Clone is a copy that shares no memory.
func (s *Season) Clone() *Season {
	if s == nil {
		return nil
	}
	out := *s
	out.Slots = bytes.Clone(s.Slots)
	return &out
}

// put raises a slot. Those that were passed over become missing. What lies so far
// from the newest slot that nothing in common is kept begins the season anew.
func (s *Season) put(c cut, slot int64, value float64) {
	start := slot * c.slot
	if len(s.Slots) != int(c.ring) || slot <= s.Last-c.ring || slot >= s.Last+c.ring {
		s.Slots, s.Last, s.Since = make([]byte, c.ring), slot, start
	}
	for s.Last < slot {
		s.Last++
		s.Slots[s.Last%c.ring] = 0
	}
	s.Since = min(s.Since, start)
	cell := &s.Slots[slot%c.ring]
	*cell = max(*cell, pack(value/s.Unit))
}

func pack(v float64) byte {
	if v < seasonLow {
		return 1
	}
	return byte(min(2+math.Round(math.Log(v/seasonLow)/math.Log(seasonStep)), 255))
}

func unpack(b byte) float64 {
	if b < 2 {
		return 0
	}
	return seasonLow * math.Pow(seasonStep, float64(b)-2)
}

// Seen is how much time the season has seen, of what it keeps.
func (s *Season) Seen() time.Duration {
	return time.Duration(len(s.Slots)-bytes.Count(s.Slots, []byte{0})) * time.Duration(s.cut().slot) * time.Second
}

// Ahead is the highest that the last periods had from a slot before now until the slot
// after now+ahead, re-based by how the minutes just past compare with theirs. It is
// false where none of them was seen.
func (s *Season) Ahead(now time.Time, ahead time.Duration) (Forecast, bool) {
	c := s.cut()
	if len(s.Slots) != int(c.ring) {
		return Forecast{}, false
	}
	here := c.of(now)
	ahead += time.Duration(c.mean) * time.Second
	f := s.highest(c, here-1, c.of(now.Add(min(ahead, s.period())))+1, now)
	if f.Days == 0 {
		return Forecast{}, false
	}
	f.Factor = s.factor(c, here, now)
	f.Value *= f.Factor
	return f, true
}

// factor is what the two slots just past have over what was to be expected of them.
func (s *Season) factor(c cut, here int64, now time.Time) float64 {
	seen := 0.0
	for slot := here - 2; slot < here; slot++ {
		b := s.at(c, slot)
		if b == 0 {
			return 1
		}
		seen = max(seen, unpack(b)*s.Unit)
	}
	expected := s.highest(c, here-2, here-1, now)
	if expected.Days == 0 || expected.Value <= 0 {
		return 1
	}
	return min(max(seen/expected.Value, 0.7), 1.5)
}

func (s *Season) highest(c cut, from, to int64, now time.Time) Forecast {
	weekly := s.period() == Day && now.Unix()-s.Since >= int64(weekFrom/time.Second)
	out := Forecast{Weekly: weekly, Factor: 1}
	for slot := from; slot <= to; slot++ {
		if v, days := s.usual(c, slot, weekly); days > 0 {
			out.Value, out.Days = max(out.Value, v*s.Unit), max(out.Days, days)
		}
	}
	return out
}

// usual is the upper quartile of a slot's last periods, but never the highest of three or
// more: one day of garbage does not make it.
func (s *Season) usual(c cut, slot int64, weekly bool) (v float64, days int) {
	var past [lookBack]byte
	for day := int64(1); day <= lookBack; day++ {
		then := slot - day*c.day
		b := s.at(c, then)
		if b == 0 || weekly && c.weekend(then) != c.weekend(slot) {
			continue
		}
		past[days] = b
		days++
	}
	if days == 0 {
		return 0, 0
	}
	slices.Sort(past[:days])
	index := days - 1
	if days > 2 {
		index--
	}
	return unpack(past[index]), days
}

// at is a slot's byte; 0 where it is not kept.
func (s *Season) at(c cut, slot int64) byte {
	if slot > s.Last || slot <= s.Last-c.ring || slot < 0 {
		return 0
	}
	return s.Slots[slot%c.ring]
}

// weekend tells Saturdays and Sundays, in UTC; day 0 of Unix time was a Thursday.
func (c cut) weekend(slot int64) bool {
	day := (slot/c.day + 4) % 7
	return day == 0 || day == 6
}
