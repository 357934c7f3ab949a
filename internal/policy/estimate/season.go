package estimate

import (
	"bytes"
	"math"
	"slices"
	"time"
)

// How a season is cut: slots of three minutes over eight days, of which the oldest is
// being overwritten, a byte each: 5 KiB of JSON.
const (
	slotFor  = 3 * time.Minute
	daySlots = int64(24 * time.Hour / slotFor)
	keepDays = 8
	ringLen  = daySlots * keepDays
	lookBack = 7 // days
	meanFor  = 30 * time.Second
	// weekFrom is how much must have been seen before weekdays and weekends are told
	// apart.
	weekFrom = 14 * 24 * time.Hour
)

// The scale of a byte: 0 is nothing seen, 1 is zero, and from 2 on steps of 5 % from a
// hundredth of the unit to more than two thousand units.
const (
	seasonLow  = 0.01
	seasonStep = 1.05
)

// Season is the highest short mean of every slot of the last days, by the time of day
// in UTC. What was not seen is missing, and not zero. The zero value is empty.
type Season struct {
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

// Forecast is what the last days had.
type Forecast struct {
	Value float64
	// Days that it rests on, and Factor that it was re-based by.
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
	from := at - at%int64(meanFor/time.Second)
	if from != s.From {
		s.flush()
		s.From, s.Sum, s.Count = from, 0, 0
	}
	s.Sum += value
	s.Count++
}

// flush ends a short mean.
func (s *Season) flush() {
	if s.Count > 0 {
		s.put(slotOf(time.Unix(s.From, 0)), s.Sum/float64(s.Count))
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

func slotOf(wall time.Time) int64 { return wall.Unix() / int64(slotFor/time.Second) }

// put raises a slot. Those that were passed over become missing. What lies so far
// from the newest slot that nothing in common is kept begins the season anew.
func (s *Season) put(slot int64, value float64) {
	if len(s.Slots) != int(ringLen) || slot <= s.Last-ringLen || slot >= s.Last+ringLen {
		s.Slots, s.Last, s.Since = make([]byte, ringLen), slot, slot*int64(slotFor/time.Second)
	}
	for s.Last < slot {
		s.Last++
		s.Slots[s.Last%ringLen] = 0
	}
	s.Since = min(s.Since, slot*int64(slotFor/time.Second))
	cell := &s.Slots[slot%ringLen]
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
	return time.Duration(len(s.Slots)-bytes.Count(s.Slots, []byte{0})) * slotFor
}

// Ahead is the highest that the last days had from a slot before now until the slot
// after now+ahead, re-based by how the minutes just past compare with theirs. It is
// false where none of them was seen.
func (s *Season) Ahead(now time.Time, ahead time.Duration) (Forecast, bool) {
	if len(s.Slots) != int(ringLen) {
		return Forecast{}, false
	}
	here := slotOf(now)
	f := s.highest(here-1, slotOf(now.Add(ahead+meanFor))+1, now)
	if f.Days == 0 {
		return Forecast{}, false
	}
	f.Factor = s.factor(here, now)
	f.Value *= f.Factor
	return f, true
}

// factor is what the two slots just past have over what was to be expected of them.
func (s *Season) factor(here int64, now time.Time) float64 {
	seen := 0.0
	for slot := here - 2; slot < here; slot++ {
		b := s.at(slot)
		if b == 0 {
			return 1
		}
		seen = max(seen, unpack(b)*s.Unit)
	}
	expected := s.highest(here-2, here-1, now)
	if expected.Days == 0 || expected.Value <= 0 {
		return 1
	}
	return min(max(seen/expected.Value, 0.7), 1.5)
}

func (s *Season) highest(from, to int64, now time.Time) Forecast {
	weekly := now.Unix()-s.Since >= int64(weekFrom/time.Second)
	out := Forecast{Weekly: weekly, Factor: 1}
	for slot := from; slot <= to; slot++ {
		if v, days := s.usual(slot, weekly); days > 0 {
			out.Value, out.Days = max(out.Value, v*s.Unit), max(out.Days, days)
		}
	}
	return out
}

// usual is the upper quartile of a slot's last days, but never the highest of three or
// more: one day of garbage does not make it.
func (s *Season) usual(slot int64, weekly bool) (v float64, days int) {
	var past [lookBack]byte
	for day := int64(1); day <= lookBack; day++ {
		then := slot - day*daySlots
		b := s.at(then)
		if b == 0 || weekly && weekend(then) != weekend(slot) {
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
func (s *Season) at(slot int64) byte {
	if slot > s.Last || slot <= s.Last-ringLen || slot < 0 {
		return 0
	}
	return s.Slots[slot%ringLen]
}

// weekend tells Saturdays and Sundays, in UTC; day 0 of Unix time was a Thursday.
func weekend(slot int64) bool {
	day := (slot/daySlots + 4) % 7
	return day == 0 || day == 6
}
