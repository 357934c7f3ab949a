package signals

import (
	"slices"
	"time"
)

// Moved is the same instant as another process reads it, whose monotonic clock is
// ahead by so much.
func (i Instant) Moved(by time.Duration) Instant {
	i.Mono += by
	return i
}

// Moved is the outcome on a monotonic clock that is ahead by so much.
func (o Outcome) Moved(by time.Duration) Outcome {
	o.At = o.At.Moved(by)
	return o
}

// Moved is a copy of the ring, which shares no memory with it, on a monotonic
// clock that is ahead by so much.
func (r *Ring) Moved(by time.Duration) Ring {
	out := *r
	if out.Polled {
		out.LastAt += by
	}
	out.Entries = slices.Clone(r.Entries)
	for i := range out.Entries {
		e := &out.Entries[i]
		e.Key, e.Born = e.Key.Moved(by), e.Born+by
	}
	return out
}

// Moved is the key of the same sample on a monotonic clock that is ahead by so
// much.
func (k Key) Moved(by time.Duration) Key {
	if k.Ours {
		k.At += int64(by)
	}
	return k
}
