package policy

import (
	"slices"
	"time"
)

// Moved is a copy of the state, which shares no memory with it, on a monotonic
// clock that is ahead by so much.
func (s State) Moved(by time.Duration) State {
	s.Previous, s.Settled = copied(s.Previous), copied(s.Settled)
	if s.Previous != nil {
		s.ChangedAt += by
	}
	s.Behavior = s.Behavior.moved(by)
	s.Demands = slices.Clone(s.Demands)
	for i := range s.Demands {
		d := &s.Demands[i]
		d.Key, d.Last, d.Learned = d.Key.Moved(by), copied(d.Last), d.Learned.Moved(by)
		if d.Season = copied(d.Season); d.Season != nil {
			d.Season.Past = *d.Season.Past.Clone()
		}
		d.Queue = d.Queue.Moved(by)
		if d.Rate != nil {
			d.Rate = d.Rate.Moved(by)
		}
		if d.Last != nil && !d.Last.DataAt.IsZero() {
			d.Last.Expires += by
		}
	}
	s.Signals = slices.Clone(s.Signals)
	for i := range s.Signals {
		s.Signals[i].Lowest.Expires += by
	}
	return s
}

func (b *BehaviorState) moved(by time.Duration) BehaviorState {
	out := *b
	out.Standing = copied(b.Standing)
	for _, marks := range []*[]Mark{&out.High, &out.Low, &out.Added, &out.Removed} {
		*marks = slices.Clone(*marks)
		for i := range *marks {
			(*marks)[i].At += by
		}
	}
	return out
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
