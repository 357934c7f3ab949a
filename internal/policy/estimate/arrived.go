package estimate

import (
	"iter"
	"slices"
	"time"
)

// Arrived is how many messages came lately, and when. Of a queue that is first in, first
// out, those that wait are the newest of them. The zero value knows nothing.
type Arrived struct {
	// Since is when, on the monotonic clock, the oldest slot begins: nothing is known of
	// before.
	Since time.Duration `json:"sinceNs,omitempty"`
	// Slots are oldest first, each from the end of the one before.
	Slots []Came `json:"slots,omitempty"`
}

// Came is how many messages came until an instant of the monotonic clock.
type Came struct {
	Until    time.Duration `json:"untilNs"`
	Messages float64       `json:"messages"`
}

// A slot is at least so small a part of the time in which messages are to be begun, and
// there are a few more: what came before is late, and forgotten.
const (
	slotsWithin = 20
	mostSlotsIn = slotsWithin + 4
)

// Add takes in that so many messages came since the last time and until an instant, to be
// begun within a time.
func (a *Arrived) Add(messages float64, until, within time.Duration) {
	n := len(a.Slots)
	if n > 0 && until-a.began(n-1) <= within/slotsWithin {
		a.Slots[n-1] = Came{until, a.Slots[n-1].Messages + messages}
		return
	}
	if n == mostSlotsIn {
		a.Since, a.Slots = a.Slots[0].Until, slices.Delete(a.Slots, 0, 1)
	}
	a.Slots = append(a.Slots, Came{until, messages})
}

func (a *Arrived) began(slot int) time.Duration {
	if slot == 0 {
		return a.Since
	}
	return a.Slots[slot-1].Until
}

// Waiting is, of so many messages that wait, how many came until an instant, for one
// instant after another. What nothing is known of came before all, until an instant that is
// given, or earlier.
func (a *Arrived) Waiting(messages float64, oldest time.Duration) iter.Seq2[time.Duration, float64] {
	return func(yield func(until time.Duration, messages float64) bool) {
		later := 0.0
		for _, s := range a.Slots {
			later += s.Messages
		}
		if messages > later && !yield(min(a.Since, oldest), messages-later) {
			return
		}
		for _, s := range a.Slots {
			later -= s.Messages
			if s.Messages > 0 && messages > later && !yield(s.Until, messages-later) {
				return
			}
		}
	}
}

func (a *Arrived) moved(by time.Duration) Arrived {
	out := Arrived{Since: a.Since + by, Slots: slices.Clone(a.Slots)}
	for i := range out.Slots {
		out.Slots[i].Until += by
	}
	return out
}
