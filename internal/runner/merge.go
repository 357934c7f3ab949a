package runner

import (
	"cmp"
	"maps"
	"slices"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
)

// Merge is how a process stands that runs several loops or mirrors, of different
// policies, on one clock: nil while any of them has not begun.
func Merge(all []*Status) *Status {
	if len(all) == 1 {
		return all[0]
	}
	if len(all) == 0 || slices.Contains(all, nil) {
		return nil
	}
	out := *all[0]
	out.Decisions, out.Subjects, out.Guards, out.Providers, out.Sinks, out.Recalls = nil, nil, nil, nil, nil, nil
	out.Uses = maps.Clone(out.Uses)
	for i, s := range all {
		if i > 0 {
			out.add(s)
		}
		out.Decisions = append(out.Decisions, s.Decisions...)
		out.Subjects = append(out.Subjects, s.Subjects...)
		out.Recalls = append(out.Recalls, s.Recalls...)
		out.Guards = merge(out.Guards, s.Guards, func(g engine.Guard) string { return g.Provider }, addGuard)
		out.Providers = merge(out.Providers, s.Providers, func(p ProviderStatus) string { return p.Provider }, addProvider)
		out.Sinks = merge(out.Sinks, s.Sinks, func(k SinkStatus) string { return k.Sink }, addSink)
	}
	slices.SortFunc(out.Decisions, func(a, b policy.Decision) int { return a.Policy.Compare(b.Policy) })
	slices.SortFunc(out.Subjects, func(a, b engine.SubjectStatus) int { return a.Subject.Compare(b.Subject) })
	return &out
}

// add takes in what is single: of loops that run here, the one that ticked the
// longest ago; those that only follow count where none runs.
func (s *Status) add(o *Status) {
	if s.Mirrored != o.Mirrored {
		if s.Mirrored {
			s.Now, s.Interval, s.Mirrored = o.Now, o.Interval, false
		}
	} else if o.Now.Mono < s.Now.Mono {
		s.Now, s.Interval = o.Now, o.Interval
	}
	s.Ticks += o.Ticks
	s.AllPolled = s.AllPolled && o.AllPolled
	for subject, uses := range o.Uses {
		s.Uses[subject] = append(slices.Clone(s.Uses[subject]), uses...)
	}
	if o.Config.LastFailed {
		s.Config = o.Config
	}
}

// merge adds items to a list, joining those of one name, and keeps it in order.
func merge[T any](list, more []T, name func(T) string, join func(a, b T) T) []T {
	for _, item := range more {
		i, found := slices.BinarySearchFunc(list, name(item), func(have T, want string) int { return cmp.Compare(name(have), want) })
		if found {
			list[i] = join(list[i], item)
		} else {
			list = slices.Insert(list, i, item)
		}
	}
	return list
}

func addGuard(a, b engine.Guard) engine.Guard {
	if b.Tripped && (!a.Tripped || b.Since < a.Since) {
		a.Since = b.Since
	}
	a.Tripped = a.Tripped || b.Tripped
	a.Victims, a.Bad = a.Victims+b.Victims, a.Bad+b.Bad
	return a
}

func addProvider(a, b ProviderStatus) ProviderStatus {
	a.Fetches, a.Failures = a.Fetches+b.Fetches, a.Failures+b.Failures
	if b.LastAt.Mono > a.LastAt.Mono {
		a.LastAt = b.LastAt
	}
	a.Last = cmp.Or(a.Last, b.Last)
	return a
}

func addSink(a, b SinkStatus) SinkStatus {
	a.Published, a.Failures = a.Published+b.Published, a.Failures+b.Failures
	if b.LastAt.Mono > a.LastAt.Mono {
		a.LastAt = b.LastAt
	}
	a.Last = cmp.Or(a.Last, b.Last)
	return a
}
