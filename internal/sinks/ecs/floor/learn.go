package floor

import (
	"slices"
	"time"
)

// learn takes in what is seen: what the base is, and whose the minimum.
func (m Memory) learn(now instant, s Seen, l Limits) Memory {
	m.min = s.Min
	if !m.known {
		return m.begin(now, s)
	}
	if s.Switch.pending(now.Wall) {
		var ours bool
		switch m, ours = m.recognise(s.Switch.At); {
		case !ours && now.Mono >= m.adoptUntil:
			return Memory{othersUntil: now.Mono + l.TTL, min: s.Min}
		case !ours: // it was read late
			m.base, m.put = s.Switch.Restores, append(slices.Clone(m.put), s.Switch.At)
		}
	}
	return m.explain(now, s)
}

// begin finds the base in a new life. While a former life's switch is pending, the
// base is what that restores, and whatever is above it was raised. That there is none
// must be seen for a while: it may be new.
func (m Memory) begin(now instant, s Seen) Memory {
	sw := s.Switch
	switch {
	case sw == nil:
		var sure bool
		if m, sure = m.persists(now, s.Min); sure {
			m = m.settled(s.Min)
		}
		return m
	case sw.Odd:
		return m
	case s.Min == sw.Restores, s.Min > sw.Restores && sw.pending(now.Wall):
		m = m.settled(sw.Restores)
		m.put, m.deleteFrom, m.adoptUntil = []time.Time{sw.At}, now.Mono+settle, now.Mono+settle
		return m.adopt(s.Min)
	case !sw.pending(now.Wall) && (s.Suspended || !sw.past(now.Wall)):
		return m // it may not have run
	default: // it ran, or somebody went below it: the minimum is another's
		var sure bool
		if m, sure = m.persists(now, s.Min); !sure {
			return m
		}
		m = m.settled(s.Min)
		m.put = []time.Time{sw.At}
		return m
	}
}

func (m Memory) settled(base int32) Memory {
	m.known, m.base, m.wrote, m.strange, m.adoptUntil = true, base, nil, strange{}, 0
	return m
}

// adopt takes a minimum above the base for one that a former life wrote.
func (m Memory) adopt(minimum int32) Memory {
	if minimum > m.base {
		m.wrote = []write{{minimum, true}}
	}
	return m
}

// explain finds whose the minimum is.
func (m Memory) explain(now instant, s Seen) Memory {
	newest := write{min: m.base}
	if n := len(m.wrote); n > 0 {
		newest = m.wrote[n-1]
	}
	switch {
	case s.Min == newest.min:
		m.strange, m.wrote = strange{}, nil
		if newest.min != m.base {
			m.wrote = []write{{newest.min, true}}
		}
		return m
	case now.Mono < m.adoptUntil && s.Min > m.base && s.Switch.pending(now.Wall):
		return m.adopt(s.Min)
	}
	m, sure := m.persists(now, s.Min)
	if !sure {
		return m
	}
	if slices.ContainsFunc(m.wrote, func(w write) bool { return w.min == s.Min }) {
		m.wrote, m.strange = []write{{s.Min, true}}, strange{} // what came after it got lost
		return m
	}
	// A minimum back at its base was restored by the switch, or the raise got lost;
	// but not while a raise was seen and the switch is yet to run.
	another := s.Min != m.base || (newest.seen && s.Switch.pending(now.Wall))
	if another && m.raised() {
		m.pausedUntil = now.Mono + pauseFor
	}
	return m.settled(s.Min)
}

// persists tells whether a minimum that is not explained was seen for long enough
// to be believed.
func (m Memory) persists(now instant, minimum int32) (Memory, bool) {
	if !m.strange.is || m.strange.min != minimum {
		m.strange = strange{true, minimum, now.Mono}
	}
	return m, now.Mono-m.strange.since >= settle
}

// unexplained tells whether to wait for what is seen to be explained. A raise of
// which nothing is seen yet may be tried again.
func (m Memory) unexplained(s Seen) bool {
	if !m.known || !m.strange.is {
		return !m.known
	}
	n := len(m.wrote)
	lost := n > 0 && !m.wrote[n-1].seen
	ours := s.Min == m.base || slices.ContainsFunc(m.wrote, func(w write) bool { return w.min == s.Min })
	return !lost || !ours
}
