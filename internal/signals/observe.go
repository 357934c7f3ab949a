package signals

import "time"

// collapse is the share of the recent maximum below which a value needs a second
// sample before it may lower.
const collapse = 0.2

// confirmMost is the largest number of samples that a value may need.
const confirmMost = 3

// Observe tells what a signal's rules make of the ring at an instant.
//
// The value is the largest of the newest k valid samples with different instants:
// k is 1; 2 when the newest is 0 or below a fifth of the largest of the last 5
// minutes; 3 in quarantine, which is while the newest three lie apart by more than
// freshFor, or are not three since the start or since the last failed outcome. It
// may lower only if the newest is Fresh and k of them are there. A sample older
// than holdFor does not count.
func (r *Ring) Observe(now Instant, rules Rules) Observation {
	return r.ObserveIn(new(Slot), now, rules)
}

// ObserveIn is Observe in memory of the caller's: the observation is in the slot, until
// another is.
func (r *Ring) ObserveIn(slot *Slot, now Instant, rules Rules) Observation {
	var s scan
	s.read(r, now, &rules)
	last := r.last(&s, &rules)
	*slot = Slot{}
	o := &slot.known
	o.age, o.seen, o.reason, o.answered = s.age, s.seen, reasonOf(last), r.answered(last, now, &rules)
	if s.n == 0 {
		o.state = stateWithout(last)
		return &o.unknown
	}
	newest := s.newest[0]
	o.state, o.age, o.seen = StateFresh, now.Mono-newest.Born, true
	if o.age > rules.FreshFor {
		o.state = StateStale
		if rules.Kind != Total {
			return &o.unknown
		}
	}
	k := s.needed(rules.FreshFor)
	decided := newest
	raiseOnly := false
	for _, e := range s.newest[:min(k, s.n)] {
		if e.Value > decided.Value {
			decided = e
		}
		raiseOnly = raiseOnly || e.Flags&flagRaiseOnly != 0
	}
	o.expires = decided.Born + rules.HoldFor
	if rules.Kind != Total {
		o.expires = newest.Born + rules.FreshFor
	}
	o.value, o.at, o.born, o.key = decided.Value, time.Unix(0, decided.Wall).UTC(), decided.Born, newest.Key
	o.mayLower = o.state == StateFresh && s.n >= k && !raiseOnly
	return o
}

// answered says that the latest outcome had nothing to say, and is not itself old.
func (r *Ring) answered(last *Error, now Instant, rules *Rules) bool {
	return last != nil && last.Answered && now.Mono-r.LastAt <= rules.FreshFor
}

// Glance tells, for the mass guard, whether the newest sample is fresh, and
// whether it is zero, before any confirmation. zeroes says that an absent
// datapoint beside a sentinel counts as zero.
func (r *Ring) Glance(now Instant, freshFor time.Duration, zeroes bool) (fresh, zero bool) {
	not := flagFailed | flagZero
	if zeroes {
		not = flagFailed
	}
	e, ok := r.newest(not)
	if !ok {
		return false, false
	}
	return now.Mono-e.Born <= freshFor, e.Value == 0
}

// last is the latest outcome's error as this signal's rules see it.
func (r *Ring) last(s *scan, rules *Rules) *Error {
	switch {
	case !r.Polled:
		return &Error{Reason: NotPolled}
	case s.outOfRange:
		return &Error{Reason: Invalid, Detail: "out of range"}
	}
	if r.Last != nil && r.Last.Reason == Absent && rules.AbsentIsZero && len(r.Entries) > 0 &&
		r.Entries[len(r.Entries)-1].Flags&flagZero != 0 {
		return nil
	}
	return r.Last
}

// scan is what one pass over the ring, newest first, found.
type scan struct {
	newest     [confirmMost]*Entry // the newest valid samples within holdFor
	n          int
	sinceFail  int     // how many of them came after the last failed outcome
	recentMax  float64 // the largest of the last 5 minutes
	outOfRange bool    // the very newest sample is out of range
	age        time.Duration
	seen       bool // a valid sample; age is the newest one's
	failed     bool // an outcome newer than the rest of the ring failed
}

func (s *scan) read(r *Ring, now Instant, rules *Rules) {
	oldest := now.Mono - max(rules.HoldFor, recentSpan)
	for i := len(r.Entries) - 1; i >= 0; i-- {
		e := &r.Entries[i]
		switch {
		case !rules.count(e):
			s.failed = true
		case !rules.believe(e.Value):
			s.outOfRange = s.outOfRange || (!s.seen && !s.failed && r.Last == nil)
			s.failed = true
		case s.n == confirmMost:
			if e.Born < oldest {
				return
			}
			s.compare(e, now) // of those that came before, only the largest matters
		default:
			s.see(now.Mono - e.Born)
			if e.Born < oldest {
				return
			}
			s.take(e, now, rules)
		}
	}
}

// count tells whether an entry is a sample to a signal of these rules.
func (r *Rules) count(e *Entry) bool {
	return e.Flags&flagFailed == 0 && (e.Flags&flagZero == 0 || r.AbsentIsZero)
}

func (r *Rules) believe(v float64) bool { return !(v < r.Min || v > r.Max) }

func (s *scan) see(age time.Duration) {
	if !s.seen {
		s.age, s.seen = age, true
	}
}

func (s *scan) compare(e *Entry, now Instant) {
	if now.Mono-e.Born <= recentSpan && e.Value > s.recentMax {
		s.recentMax = e.Value
	}
}

// take counts a valid sample that is recent enough for something.
func (s *scan) take(e *Entry, now Instant, rules *Rules) {
	s.compare(e, now)
	if now.Mono-e.Born > rules.HoldFor {
		return
	}
	s.newest[s.n] = e
	s.n++
	if !s.failed {
		s.sinceFail = s.n
	}
}

// needed is k: how many samples the value must stand on before it may lower.
func (s *scan) needed(freshFor time.Duration) int {
	if s.sinceFail < confirmMost {
		return confirmMost
	}
	for i := range confirmMost - 1 {
		if s.newest[i].Born-s.newest[i+1].Born > freshFor {
			return confirmMost
		}
	}
	if v := s.newest[0].Value; v == 0 || v < collapse*s.recentMax {
		return 2
	}
	return 1
}

// stateWithout is the state without any valid sample within holdFor.
func stateWithout(last *Error) State {
	if last == nil {
		return StateExpired
	}
	return stateOf(last.Reason)
}

func reasonOf(last *Error) Reason {
	if last == nil {
		return ""
	}
	return last.Reason
}
