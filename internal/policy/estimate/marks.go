package estimate

import "time"

// Mark is a number of replicas at an instant of the monotonic clock.
type Mark struct {
	At       time.Duration `json:"atNs"`
	Replicas int32         `json:"replicas"`
}

// After drops the marks up to an instant, in place.
func After(ms []Mark, since time.Duration) []Mark {
	i := 0
	for i < len(ms) && ms[i].At <= since {
		i++
	}
	return append(ms[:0], ms[i:]...)
}

// Append adds a mark to what is at most limit long: beyond it the oldest two are
// joined.
func Append(ms []Mark, m Mark, limit int, join func(old, next Mark) Mark) []Mark {
	if len(ms) >= limit {
		ms[1] = join(ms[0], ms[1])
		ms = append(ms[:0], ms[1:]...)
	}
	return append(ms, m)
}

// AppendHigh adds a mark to marks that fall, for the maximum of a window: an older
// one that is not above a newer one can never again be it. The oldest two are joined
// so that they bind longer, never shorter.
func AppendHigh(ms []Mark, m Mark, limit int) []Mark {
	for len(ms) > 0 && ms[len(ms)-1].Replicas <= m.Replicas {
		ms = ms[:len(ms)-1]
	}
	return Append(ms, m, limit, Longer)
}

// Longer joins two marks of a window: the older number, as long as the newer one.
func Longer(old, next Mark) Mark { return Mark{next.At, old.Replicas} }
