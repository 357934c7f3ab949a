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
	// oldest is the largest age that is told apart.
	oldest  = 365 * 24 * time.Hour
	maxRing = 512
)

// Ring is the bounded memory of a subject: its recent samples, and failures
// between them, oldest first. It is plain data.
type Ring struct {
	Entries []Entry `json:"entries"`
	Limit   int     `json:"limit"`
	// Last is the latest outcome's error; nil after a good one.
	Last *Error `json:"last,omitempty"`
	// LastAt is when, on the monotonic clock, the latest fetch ended, if Polled.
	LastAt time.Duration `json:"lastAtNs,omitempty"`
	Polled bool          `json:"polled,omitempty"`
	// Min and Max bound what any signal believes; a sample outside is a failed
	// outcome. Both 0: all that is finite.
	Min float64 `json:"min,omitempty"`
	Max float64 `json:"max,omitempty"`
	// Skew is the provider's clock minus ours, as last told.
	Skew time.Duration `json:"skewNs,omitempty"`
}

// Entry is a sample, or a run of failed outcomes.
type Entry struct {
	Key   Key           `json:"key"`
	Wall  int64         `json:"wall"`   // when the sample was true, Unix nanoseconds
	Born  time.Duration `json:"bornNs"` // the same on the monotonic clock
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
	r.Polled, r.LastAt = true, o.At.Mono
	if o.Err == nil || o.Skew != 0 {
		r.Skew = o.Skew
	}
	r.Last = r.take(o)
	if r.Last != nil && !r.zeroByAbsence(o) {
		r.push(Entry{Flags: flagFailed, Born: o.At.Mono})
	}
}

// Bound tells the ring what any of its signals believes.
func (r *Ring) Bound(lowest, highest float64) { r.Min, r.Max = lowest, highest }

// take adds an outcome's samples, or tells why not.
func (r *Ring) take(o Outcome) *Error {
	if o.Err != nil {
		return o.Err
	}
	if len(o.Samples) == 0 {
		return &Error{Reason: Absent, Answered: true}
	}
	entries := make([]Entry, 0, 4)
	for _, s := range o.Samples {
		e, err := r.place(o, s.At, s.Value)
		if err != nil {
			return err
		}
		entries = append(entries, e)
	}
	newest, ok := r.newest(flagFailed | flagZero)
	if ok && entries[len(entries)-1].before(newest) {
		return &Error{Reason: Invalid, Detail: "older than the sample before it"}
	}
	for _, e := range entries {
		if ok && e.before(newest) {
			continue
		}
		r.dropZerosAfter(e)
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
	e, err := r.place(o, o.Sentinel.At, 0)
	if err != nil {
		return false
	}
	e.Flags |= flagZero
	if newest, ok := r.newest(flagFailed); ok && !newest.before(e) {
		return newest.Flags&flagZero != 0 && newest.Key == e.Key
	}
	r.push(e)
	return true
}

// dropZerosAfter forgets zeros by absence that a late datapoint shows to be wrong:
// it is newer than what they followed, and they stand after it.
func (r *Ring) dropZerosAfter(e Entry) {
	for i := range r.Entries {
		if r.Entries[i].Flags&flagZero != 0 {
			r.Entries = slices.DeleteFunc(r.Entries, func(z Entry) bool { return z.Flags&flagZero != 0 && e.before(z) })
			return
		}
	}
}

// place puts a sample on the monotonic clock: its age at the end of the fetch is
// taken on the provider's clock.
func (r *Ring) place(o Outcome, at time.Time, value float64) (Entry, *Error) {
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return Entry{}, &Error{Reason: Invalid, Detail: "not a finite number"}
	case (r.Min != 0 || r.Max != 0) && (value < r.Min || value > r.Max):
		return Entry{}, &Error{Reason: Invalid, Detail: "out of range"}
	}
	e := Entry{Value: value, Wall: o.At.Wall.UnixNano(), Born: o.At.Mono, Key: Key{At: int64(o.At.Mono), Ours: true}}
	if o.RaiseOnly || (!at.IsZero() && o.Skew.Abs() > skewLimit) {
		e.Flags |= flagRaiseOnly
	}
	if at.IsZero() {
		return e, nil
	}
	theirs := o.At.Wall.Add(o.Skew) // the end of the fetch, on the provider's clock
	if at.After(theirs.Add(futureLimit)) {
		return Entry{}, &Error{Reason: Invalid, Detail: "from the future"}
	}
	// Beyond a year the exact age is of no use, and would overflow.
	age := min(max(theirs.Sub(at), 0), oldest)
	e.Key, e.Wall, e.Born = Key{At: at.UnixNano()}, at.UnixNano(), o.At.Mono-age
	return e, nil
}

// before orders samples by the provider's instant, or by ours where it gives none.
func (e Entry) before(o Entry) bool {
	if e.Key.Ours == o.Key.Ours {
		return e.Key.At < o.Key.At
	}
	return e.Born < o.Born
}

// newest is the newest entry that has none of these flags.
func (r *Ring) newest(not Flags) (Entry, bool) {
	for i := len(r.Entries) - 1; i >= 0; i-- {
		if e := &r.Entries[i]; e.Flags&not == 0 {
			return *e, true
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
	for i := len(r.Entries) - 1; i >= 0; i-- {
		if e := &r.Entries[i]; e.Flags&flagFailed == 0 {
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
