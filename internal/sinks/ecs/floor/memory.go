package floor

import (
	"slices"
	"time"
)

// Memory is what a life remembers of one service's floor. The zero Memory is that
// of a new life: what a former one raised is known by its switch.
type Memory struct {
	known   bool // the base is
	base    int32
	wrote   []write     // what the minimum may be by our hand, newest last
	put     []time.Time // when the switches run that are ours, newest last
	strange strange

	pausedUntil, othersUntil time.Duration // on the monotonic clock, as all that follow
	raiseFrom, lowerFrom     time.Duration
	lookFrom, retryFrom      time.Duration
	deleteFrom               time.Duration
	adoptUntil               time.Duration // what a former life did may still come to light
	failures                 int

	min    int32 // as last seen
	barred bool  // something stood against a raise
}

// write is a minimum that was sent.
type write struct {
	min  int32
	seen bool
}

// strange is a minimum that is not what was written last.
type strange struct {
	is    bool
	min   int32
	since time.Duration
}

// most and mostPut bound what is remembered of writes and of switches.
const (
	most    = 4
	mostPut = 32
)

// Due tells whether to look now. A raise is not kept waiting; all else has its pace.
func (m Memory) Due(now time.Duration, n Need, l Limits) bool {
	switch {
	case now < m.retryFrom:
		return false
	case now >= m.lookFrom:
		return true
	default:
		return !m.barred && now >= m.raiseFrom && n.raises(m.min) && l.bound(n.Desired, l.Max) > m.min
	}
}

// raises tells whether a decision is above what there is, and above the minimum.
func (n Need) raises(minimum int32) bool {
	return n.MayRaise && n.Desired > n.Running && n.Desired > minimum
}

// bound is a minimum within the policy's and the target's maximum.
func (l Limits) bound(n, most int32) int32 { return min(n, l.Max, most) }

// raised tells whether the minimum may be above the base by our hand.
func (m Memory) raised() bool {
	return slices.ContainsFunc(m.wrote, func(w write) bool { return w.min > m.base })
}

// Sending notes an action that is about to be sent: from then on it may have
// happened, whatever comes back.
func (m Memory) Sending(a Action, now time.Duration, l Limits) Memory {
	m.adoptUntil = 0
	switch a.Do {
	case PutSwitch:
		m.put = append(slices.Clone(m.put), a.At)
		if n := len(m.put); n > mostPut {
			m.put = slices.Delete(m.put, mostPut/2, n-mostPut/2)
		}
	case SetMinimum:
		m.wrote = last(append(slices.Clone(m.wrote), write{min: a.Min}))
		m.strange = strange{}
		m.deleteFrom = now + settle
		if a.Min > m.min {
			m.raiseFrom = now + l.Cooldown
		} else {
			m.lowerFrom = now + lowerEvery
		}
	case DeleteSwitch:
	}
	return m
}

// recognise tells whether a switch is ours. Those put well before it are forgotten;
// a look that is behind may still show the one or two before it.
func (m Memory) recognise(at time.Time) (Memory, bool) {
	i := slices.IndexFunc(m.put, at.Equal)
	if i < 0 {
		return m, false
	}
	m.put = slices.Clone(m.put[max(0, i-2):])
	return m, true
}

// Refused takes back an action that AWS refused, and so has not done: that minimum, if
// it is seen, is another's.
func (m Memory) Refused(a Action) Memory {
	if a.Do == SetMinimum && len(m.wrote) > 0 {
		m.wrote = slices.Clone(m.wrote[:len(m.wrote)-1])
	}
	return m
}

// Failed keeps the next attempt back, the longer the more have failed, but never so
// long that a switch could not be renewed in time.
func (m Memory) Failed(now time.Duration, l Limits) Memory {
	pause := retryFirst << min(m.failures, 6)
	m.failures++
	m.retryFrom = now + min(pause, max(retryFirst, min(retryMost, l.TTL/10)))
	return m
}

// Succeeded ends the keeping back.
func (m Memory) Succeeded() Memory {
	m.failures, m.retryFrom = 0, 0
	return m
}

func last[T any](list []T) []T { return list[max(0, len(list)-most):] }
