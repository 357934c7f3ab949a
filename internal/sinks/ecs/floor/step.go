package floor

import "time"

// Step decides what to do about a service, of which something has just been seen.
// The wall time of now is AWS's.
func Step(now instant, n Need, s Seen, m Memory, l Limits) (Plan, Memory) {
	w := step{now: now, need: n, seen: s, limits: l}
	switch {
	case !s.Registered:
		w.memory = Memory{barred: true}
		w.plan.Condition = NoTarget
	case now.Mono < m.othersUntil:
		w.memory = m
		w.plan.Condition = OtherWriter
	default:
		w.memory = m.learn(now, s, l)
		w.plan.Condition = w.condition()
		w.plan.Actions = w.actions()
	}
	w.pace()
	if w.memory.known {
		w.plan.Base = &w.memory.base
	}
	w.plan.Raised = w.memory.raised() || w.raises()
	if w.plan.Raised && w.plan.Condition == Ready {
		w.plan.Condition = Raised
	}
	return w.plan, w.memory
}

// step is one in the making.
type step struct {
	now    instant
	need   Need
	seen   Seen
	memory Memory
	limits Limits
	plan   Plan
}

// condition is what stands against a raise, or Ready.
func (w *step) condition() Condition {
	m := w.memory
	switch {
	case w.now.Mono < m.othersUntil:
		return OtherWriter
	case w.seen.Suspended:
		return Suspended
	case w.seen.Skew.Abs() > MaxSkew:
		return ClockSkew
	case w.seen.Switch != nil && w.seen.Switch.Odd && !m.raised():
		return OddSwitch
	case m.unexplained(w.seen):
		return Settling
	case w.now.Mono < m.pausedUntil:
		return Paused
	default:
		return Ready
	}
}

// actions are the calls to make. A switch is put before every change of the minimum:
// before a raise so that there is one, before all else so that it is not about to run,
// and so that a second writer, who must not be there, sees who it was.
func (w *step) actions() []Action {
	m, raised := w.memory, w.memory.raised()
	if !m.known {
		return nil
	}
	goal := w.goal()
	switch {
	case goal != w.seen.Min && w.seen.Suspended:
		return []Action{w.set(goal)} // no switch would work
	case goal != w.seen.Min:
		return []Action{w.switchOn(), w.set(goal)}
	case w.renewable() && w.seen.Switch != nil && w.seen.Switch.Odd:
		return []Action{{Do: DeleteSwitch}, w.switchOn()} // an update would keep what is odd
	case w.renewable():
		return []Action{w.switchOn()}
	case !raised && w.deletable():
		return []Action{{Do: DeleteSwitch}}
	default:
		return nil
	}
}

// goal is where the minimum should be now.
func (w *step) goal() int32 {
	m, current := w.memory, w.seen.Min
	if m.unexplained(w.seen) {
		return current
	}
	top := max(m.base, w.limits.bound(w.seen.Max, w.limits.Max))
	if m.raised() && current > m.base && w.seen.Suspended {
		return m.base // while somebody lives who can
	}
	if m.raised() && current > top {
		return top
	}
	want := max(m.base, min(w.need.Desired, top))
	if w.mayMove(want) {
		return want
	}
	return current
}

// mayMove tells whether the decision takes the minimum somewhere now.
func (w *step) mayMove(want int32) bool {
	m, current := w.memory, w.seen.Min
	if want > current {
		return w.plan.Condition == Ready && w.need.raises(current) && w.now.Mono >= m.raiseFrom
	}
	return m.raised() && w.need.MayLower && w.now.Mono >= m.lowerFrom
}

// renewable tells whether the switch of a floor that is up has less than half of its
// time left, or none, or restores something else. Where it would not work, there is
// none to renew.
func (w *step) renewable() bool {
	if !w.memory.raised() || w.seen.Suspended {
		return false
	}
	sw := w.seen.Switch
	if sw == nil || sw.Odd || sw.Restores != w.memory.base {
		return true
	}
	left := sw.At.Sub(w.now.Wall)
	return left < w.limits.TTL/2 || left > w.limits.TTL+settle
}

// deletable tells whether the switch has nothing left to restore. One that is
// about to run is left to run, unless it would overwrite what another has set.
func (w *step) deletable() bool {
	m, sw := w.memory, w.seen.Switch
	if sw == nil || sw.Odd || m.unexplained(w.seen) {
		return false
	}
	if sw.Restores != m.base {
		return true
	}
	return w.now.Mono >= m.deleteFrom && (sw.pending(w.now.Wall) || sw.past(w.now.Wall))
}

func (w *step) switchOn() Action {
	at := w.now.Wall.Add(w.limits.TTL).Truncate(time.Second)
	return Action{Do: PutSwitch, Min: w.memory.base, At: at}
}

func (w *step) set(minimum int32) Action { return Action{Do: SetMinimum, Min: minimum} }

// raises tells whether the plan holds a raise.
func (w *step) raises() bool {
	for _, a := range w.plan.Actions {
		if a.Do == SetMinimum && a.Min > w.seen.Min {
			return true
		}
	}
	return false
}

// pace says when to look again.
func (w *step) pace() {
	m := &w.memory
	m.barred = w.plan.Condition != Ready
	next := LookIdle
	switch {
	case m.strange.is, w.now.Mono < m.adoptUntil:
		next = lookOdd
	case m.raised(), len(w.plan.Actions) > 0, w.seen.Switch != nil:
		next = min(lookRaised, w.limits.TTL/8)
	case m.barred:
		next = lookBarred
	}
	m.lookFrom = w.now.Mono + next
}
