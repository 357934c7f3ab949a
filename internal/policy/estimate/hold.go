package estimate

import "time"

// maxHeld bounds the marks of a hold.
const maxHeld = 32

// Hold is the maximum of what was wanted over a time, which may change from step to
// step. What it forgot under a short time a longer one does not bring back. The zero
// value holds nothing.
type Hold struct {
	// Standing is the latest want; it counts as made now.
	Standing *int32 `json:"standing,omitempty"`
	// Marks are past wants and when each ended, oldest first, falling.
	Marks []Mark `json:"marks,omitempty"`
}

// Raise takes a want and gives the most that was wanted within keep, never below the
// want itself, and the instant from which it may be less: 0 where nothing is held. It
// is called with every want that is known, and not where none is: the last one then
// counts until the next. Time that goes backwards holds longer.
func (h *Hold) Raise(want int32, now, keep time.Duration) (held int32, until time.Duration) {
	h.Marks = After(h.Marks, now-keep)
	switch {
	case h.Standing == nil:
		h.Standing = &want
	case *h.Standing != want:
		if *h.Standing > want && keep > 0 {
			h.Marks = AppendHigh(h.Marks, Mark{now, *h.Standing}, maxHeld)
		}
		h.Standing = &want
	}
	if len(h.Marks) > 0 && h.Marks[0].Replicas > want {
		return h.Marks[0].Replicas, h.Marks[0].At + keep
	}
	return want, 0
}

// BreakEven is what giving up a replica and getting it back costs, in time of a
// replica that is paid for.
type BreakEven struct {
	// StartUp is paid for and serves nothing.
	StartUp time.Duration
	// Churn is what a start and a stop cost beyond it; 0 by default.
	Churn time.Duration
}

// Keep is how long an idle replica is kept: while it has cost less than to start it
// again would. Whatever comes, that costs at most twice what knowing the future
// would.
func (b BreakEven) Keep() time.Duration { return max(0, b.StartUp) + max(0, b.Churn) }
