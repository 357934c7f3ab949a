package policy

import (
	"math"
	"time"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// Rules are how fast replicas may move in one direction, meaning what behavior
// means in the HorizontalPodAutoscaler v2.
type Rules struct {
	// Stabilization is the window over which the most cautious recommendation
	// counts.
	Stabilization time.Duration
	// Limits on the change; none: any change.
	Limits []Limit
	Select Select
}

// Limit is the largest change within a period: percent of the replicas at its
// start if Percent is above 0, else Replicas.
type Limit struct {
	Percent  int32
	Replicas int32
	Period   time.Duration
}

// Select chooses among several limits.
type Select int

// The choices among several limits.
const (
	SelectMax Select = iota // the limit that allows the largest change
	SelectMin               // the limit that allows the smallest change
	SelectDisabled
)

// maxRemembered bounds the recommendations and the changes that are remembered.
// Beyond it the oldest two are joined so that they bind longer, never shorter.
const maxRemembered = 64

// BehaviorState is what the rules remember.
type BehaviorState struct {
	// Standing is the recommendation in force; it counts as made now.
	Standing *int32 `json:"standing,omitempty"`
	// High and Low are past recommendations and when each ended, oldest first: High
	// falling, for the maximum of a window, and Low rising, for the minimum.
	High []Mark `json:"high,omitempty"`
	Low  []Mark `json:"low,omitempty"`
	// Added and Removed are past changes of the decision, oldest first.
	Added   []Mark `json:"added,omitempty"`
	Removed []Mark `json:"removed,omitempty"`
}

// Mark is a number of replicas at an instant of the monotonic clock.
type Mark = estimate.Mark

// begin notes what the workload has, as if recommended until now.
func (b *BehaviorState) begin(ordered int32, now time.Duration) {
	b.High = estimate.AppendHigh(b.High, Mark{At: now, Replicas: ordered}, maxRemembered)
}

// suspend ends the recommendation in force while none can be made.
func (b *BehaviorState) suspend(now time.Duration) {
	if b.Standing != nil {
		b.end(*b.Standing, now)
		b.Standing = nil
	}
}

// recommend takes a new recommendation and forgets what the windows no longer see.
func (b *BehaviorState) recommend(target int32, now, outWindow, inWindow time.Duration) {
	if b.Standing != nil {
		if *b.Standing == target {
			return
		}
		b.end(*b.Standing, now)
	}
	b.Standing = put(b.Standing, target)
	b.High, b.Low = estimate.After(b.High, now-inWindow), estimate.After(b.Low, now-outWindow)
}

// end remembers a recommendation that ended. An older one that is not above a
// newer one can never again be a window's maximum, nor one not below its minimum.
func (b *BehaviorState) end(n int32, now time.Duration) {
	for len(b.Low) > 0 && b.Low[len(b.Low)-1].Replicas >= n {
		b.Low = b.Low[:len(b.Low)-1]
	}
	b.High = estimate.AppendHigh(b.High, Mark{At: now, Replicas: n}, maxRemembered)
	b.Low = estimate.Append(b.Low, Mark{At: now, Replicas: n}, maxRemembered, estimate.Longer)
}

// stabilize brings a recommendation within the least of the scaleOut window and
// the most of the scaleIn window.
func (b *BehaviorState) stabilize(current, target int32, now, outWindow, inWindow time.Duration) Step {
	b.recommend(target, now, outWindow, inWindow)
	s := Step{Stage: StageStabilize, Reason: ReasonUnchanged, Before: target, After: target}
	lower, upper := target, target
	var lowerMark, upperMark Mark
	for _, m := range b.Low {
		if m.At > now-outWindow && m.Replicas < lower {
			lower, lowerMark = m.Replicas, m
		}
	}
	for _, m := range b.High {
		if m.At > now-inWindow && m.Replicas > upper {
			upper, upperMark = m.Replicas, m
		}
	}
	s.After = min(max(current, lower), upper)
	switch {
	case s.After < target:
		s.Reason, s.Bound = ReasonScaleOutWindow, lower
		s.Until = lowerMark.At + outWindow
	case s.After > target:
		s.Reason, s.Bound = ReasonScaleInWindow, upper
		s.Until = upperMark.At + inWindow
	}
	return s
}

// limit holds a recommendation to the changes that the rules allow within their
// periods.
func (b *BehaviorState) limit(current, target int32, now time.Duration, out, in Rules) Step {
	s := Step{Stage: StageLimit, Reason: ReasonUnchanged, Before: target, After: target}
	switch {
	case target > current:
		if bound := max(current, b.bound(current, now, out, +1)); target > bound {
			s.Reason, s.After, s.Bound, s.Until = ReasonScaleOutLimit, bound, bound, out.nextChange(b.Added, now)
		}
	case target < current:
		if bound := min(current, b.bound(current, now, in, -1)); target < bound {
			s.Reason, s.After, s.Bound, s.Until = ReasonScaleInLimit, bound, bound, in.nextChange(b.Removed, now)
		}
	}
	return s
}

// bound is how far the rules of one direction allow to go from current.
func (b *BehaviorState) bound(current int32, now time.Duration, r Rules, direction int) int32 {
	if r.Select == SelectDisabled {
		return current
	}
	if len(r.Limits) == 0 {
		return saturate(float64(direction) * math.MaxInt32)
	}
	var result int32
	for i, l := range r.Limits {
		start := current - changed(b.Added, now-l.Period) + changed(b.Removed, now-l.Period)
		n := l.from(start, direction)
		// The larger change is the larger bound on the way out, and the smaller on the way in.
		further := n > result
		if direction < 0 {
			further = n < result
		}
		if i == 0 || further == (r.Select == SelectMax) {
			result = n
		}
	}
	return result
}

// nextChange is when the first of the changes that count now leaves its period; 0 if
// none counts, so that the next change may follow this one's period.
func (r Rules) nextChange(changes []Mark, now time.Duration) (next time.Duration) {
	for _, l := range r.Limits {
		for _, m := range changes {
			if end := m.At + l.Period; m.At > now-l.Period && (next == 0 || end < next) {
				next = end
			}
		}
	}
	return next
}

// from is the bound of one limit for the replicas at its period's start.
func (l Limit) from(start int32, direction int) int32 {
	if l.Percent <= 0 {
		return saturate(float64(start) + float64(direction)*float64(l.Replicas))
	}
	n := float64(start) * (1 + float64(direction)*float64(l.Percent)/100)
	if direction > 0 {
		return saturate(math.Ceil(n))
	}
	return saturate(math.Trunc(n))
}

func saturate(v float64) int32 {
	return int32(min(max(v, math.MinInt32), math.MaxInt32))
}

// decided remembers a change of the decision, as long as a limit looks back.
func (b *BehaviorState) decided(previous, desired int32, now time.Duration, out, in Rules) {
	if desired == previous {
		return
	}
	span := max(out.longest(), in.longest())
	b.Added, b.Removed = estimate.After(b.Added, now-span), estimate.After(b.Removed, now-span)
	join := func(old, next Mark) Mark { return Mark{At: next.At, Replicas: old.Replicas + next.Replicas} }
	if desired > previous {
		b.Added = estimate.Append(b.Added, Mark{At: now, Replicas: desired - previous}, maxRemembered, join)
	} else {
		b.Removed = estimate.Append(b.Removed, Mark{At: now, Replicas: previous - desired}, maxRemembered, join)
	}
}

func (r Rules) longest() (d time.Duration) {
	for _, l := range r.Limits {
		d = max(d, l.Period)
	}
	return d
}

// changed sums the changes after an instant.
func changed(ms []Mark, since time.Duration) (n int32) {
	for _, m := range ms {
		if m.At > since {
			n += m.Replicas
		}
	}
	return n
}
