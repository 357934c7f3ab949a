package estimate

import "time"

// peakSlots is into how many parts the time of a peak is cut.
const peakSlots = 8

// Peak is the largest number of a time that moves on, in slots. The zero value has
// none.
type Peak struct {
	Slots []int32 `json:"slots,omitempty"` // the newest first
	// From is when, on the monotonic clock, the newest slot began.
	From time.Duration `json:"fromNs,omitempty"`
}

// Add takes in a number, and gives the largest of the last so long, or up to an
// eighth longer.
func (p *Peak) Add(n int32, within, now time.Duration) int32 {
	slot := max(within/peakSlots, 1)
	switch passed := int((now - p.From) / slot); {
	case len(p.Slots) == 0 || passed > peakSlots || now < p.From:
		p.Slots, p.From = append(p.Slots[:0], n), now
	case passed > 0:
		p.shift(passed, n)
		p.From += time.Duration(passed) * slot
	default:
		p.Slots[0] = max(p.Slots[0], n)
	}
	largest := n
	for _, v := range p.Slots {
		largest = max(largest, v)
	}
	return largest
}

// shift begins a slot; those in which nothing was added had what was before them.
func (p *Peak) shift(by int, n int32) {
	before := p.Slots[0]
	moved := make([]int32, 0, peakSlots+1)
	moved = append(moved, n)
	for range by - 1 {
		moved = append(moved, before)
	}
	moved = append(moved, p.Slots...)
	p.Slots = moved[:min(len(moved), peakSlots+1)]
}
