package signals

import (
	"math"
	"slices"
	"time"
)

const (
	// recentSpan is how far back a value's recent maximum is looked for.
	recentSpan = 5 * time.Minute
	// futureLimit is how far in the future a provider's instant may lie.
	futureLimit = 2 * time.Minute
	// skewLimit is the clock skew from which a provider's instants may not lower.
	skewLimit = 2 * time.Minute
	maxRing   = 512
)

// Ring is the bounded memory of a subject: its recent samples, and failures
// between them, oldest first. It is plain data.
type Ring struct {
	Entries []Entry `json:"entries"`
	Limit   int     `json:"limit"`
	// Last is the latest outcome's error; nil after a good one.
	Last *Error `json:"last,omitempty"`
	// Polled says that an outcome has come.
	Polled bool `json:"polled,omitempty"`
	// Skew is the provider's clock minus ours, as last told.
	Skew time.Duration `json:"skew,omitempty"`
}

// Entry is a sample, or a run of failed outcomes.
type Entry struct {
	Key   Key           `json:"key"`
	Wall  int64         `json:"wall"` // when the sample was true, Unix nanoseconds
	Born  time.Duration `json:"born"` // the same on the monotonic clock
	Value float64       `json:"value"`
	Flags Flags         `json:"flags,omitempty"`
}

// Flags tell kinds of entries apart.
type Flags uint8

// The flags of an entry.
const (
	flagFailed    Flags = 1 << iota // a run of failed outcomes; no sample
	flagZero                        // zero by absence beside a sentinel; no sample to a signal that does not take it
	flagRaiseOnly                   // the sample's true age is not known
)

// NewRing makes the ring of a subject polled once per interval. It spans what
// observing needs.
func NewRing(interval time.Duration) Ring {
	if interval <= 0 {
		interval = time.Second
	}
	return Ring{Limit: min(maxRing, int(recentSpan/interval)+8)}
}

// Add takes an outcome in. Outcomes come in the order in which they ended.
func (r *Ring) Add(o Outcome) {
	r.Polled = true
	if o.Skew != 0 {
		r.Skew = o.Skew
	}
	r.Last = r.take(o)
	if r.Last != nil && !r.zeroByAbsence(o) {
		r.push(Entry{Flags: flagFailed, Born: o.At.Mono})
	}
}

// take adds an outcome's samples, or tells why not.
func (r *Ring) take(o Outcome) *Error {
	if o.Err != nil {
		return o.Err
	}
	if len(o.Samples) == 0 {
		return &Error{Reason: Absent, Answered: true}
	}
	newest, ok := r.newest()
	entries := make([]Entry, 0, 4)
	for _, s := range o.Samples {
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			return &Error{Reason: Invalid, Detail: "not a finite number"}
		}
		e := entryOf(o, s.At, s.Value)
		if e.Born-o.At.Mono > futureLimit {
			return &Error{Reason: Invalid, Detail: "from the future"}
		}
		e.Born = min(e.Born, o.At.Mono)
		entries = append(entries, e)
	}
	if ok && entries[len(entries)-1].before(newest) {
		return &Error{Reason: Invalid, Detail: "older than the sample before it"}
	}
	for _, e := range entries {
		if ok && e.before(newest) {
			continue
		}
		r.push(e)
		newest, ok = e, true
	}
	return nil
}

// zeroByAbsence adds a zero where a sentinel vouches for it.
func (r *Ring) zeroByAbsence(o Outcome) bool {
	if o.Err == nil || o.Err.Reason != Absent || o.Sentinel == nil {
		return false
	}
	e := entryOf(o, o.Sentinel.At, 0)
	e.Flags |= flagZero
	if newest, ok := r.newest(); ok && e.before(newest) {
		return false
	}
	r.push(e)
	return true
}

// entryOf places a sample on the monotonic clock: its age at the end of the fetch
// is taken on the provider's clock.
func entryOf(o Outcome, at time.Time, value float64) Entry {
	e := Entry{Value: value, Wall: o.At.Wall.UnixNano(), Born: o.At.Mono, Key: Key{At: int64(o.At.Mono), Ours: true}}
	if !at.IsZero() {
		e.Key = Key{At: at.UnixNano()}
		e.Wall = at.UnixNano()
		e.Born = o.At.Mono - o.At.Wall.Add(o.Skew).Sub(at)
	}
	if o.RaiseOnly || (!at.IsZero() && o.Skew.Abs() > skewLimit) {
		e.Flags |= flagRaiseOnly
	}
	return e
}

// before orders samples by the provider's instant, or by ours where it gives none.
func (e Entry) before(o Entry) bool {
	if e.Key.Ours == o.Key.Ours {
		return e.Key.At < o.Key.At
	}
	return e.Born < o.Born
}

func (r *Ring) newest() (Entry, bool) {
	for _, e := range slices.Backward(r.Entries) {
		if e.Flags&flagFailed == 0 {
			return e, true
		}
	}
	return Entry{}, false
}

// push appends an entry, joining runs of failures and repeated reads of a sample.
func (r *Ring) push(e Entry) {
	if n := len(r.Entries); n > 0 {
		if e.Flags&flagFailed != 0 {
			if r.Entries[n-1].Flags&flagFailed != 0 {
				r.Entries[n-1].Born = e.Born
				return
			}
		} else if i, ok := r.find(e.Key); ok {
			// The same datapoint again: its newest reading counts, its birth stays.
			e.Born = r.Entries[i].Born
			r.Entries[i] = e
			return
		}
	}
	if len(r.Entries) >= r.Limit {
		copy(r.Entries, r.Entries[1:])
		r.Entries[len(r.Entries)-1] = e
		return
	}
	r.Entries = append(r.Entries, e)
}

// find looks for the newest sample if it has this key.
func (r *Ring) find(k Key) (int, bool) {
	for i, e := range slices.Backward(r.Entries) {
		if e.Flags&flagFailed == 0 {
			return i, e.Key == k
		}
	}
	return 0, false
}

// Resize changes the limit, keeping the newest entries.
func (r *Ring) Resize(limit int) {
	r.Limit = limit
	if n := len(r.Entries); n > limit {
		r.Entries = r.Entries[n-limit:]
	}
}
