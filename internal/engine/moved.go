package engine

import (
	"slices"
	"time"
)

// Moved is the tick as another process takes it in, whose monotonic clock is ahead
// by so much.
func (t Tick) Moved(by time.Duration) Tick {
	t.Now = t.Now.Moved(by)
	t.Outcomes = slices.Clone(t.Outcomes)
	for i := range t.Outcomes {
		t.Outcomes[i] = t.Outcomes[i].Moved(by)
	}
	t.Workloads = slices.Clone(t.Workloads)
	for i := range t.Workloads {
		t.Workloads[i].At = t.Workloads[i].At.Moved(by)
	}
	return t
}

// Snapshot is a copy of what the engine remembers; the engine goes on.
func (e *Engine) Snapshot() State { return e.State().Moved(0) }

// Moved is a copy of the state, which shares no memory with it, on a monotonic
// clock that is ahead by so much: what another process goes on from.
func (s State) Moved(by time.Duration) State {
	s.Subjects = slices.Clone(s.Subjects)
	for i := range s.Subjects {
		s.Subjects[i].Ring = s.Subjects[i].Ring.Moved(by)
		s.Subjects[i].Guard = s.Subjects[i].Guard.moved(by)
	}
	s.Policies = slices.Clone(s.Policies)
	for i := range s.Policies {
		s.Policies[i].State = s.Policies[i].State.Moved(by)
	}
	s.Workloads = slices.Clone(s.Workloads)
	for i := range s.Workloads {
		s.Workloads[i] = s.Workloads[i].moved(by)
	}
	s.Guards = slices.Clone(s.Guards)
	for i := range s.Guards {
		s.Guards[i] = movedGuard(s.Guards[i], by)
	}
	return s
}

func (w WorkloadState) moved(by time.Duration) WorkloadState {
	if w.Good != nil {
		good := *w.Good
		good.At = good.At.Moved(by)
		w.Good = &good
	}
	if w.Good != nil && w.Good.Deploying {
		w.DeployingSince += by
	}
	w.Past = slices.Clone(w.Past)
	for i := range w.Past {
		w.Past[i].Since += by
	}
	return w
}

func movedGuard(g Guard, by time.Duration) Guard {
	if g.Tripped {
		g.Since += by
	}
	g.Calm = later(g.Calm, by)
	return g
}

func (m GuardMark) moved(by time.Duration) GuardMark {
	if m.WasGood {
		m.LastGood += by
	}
	m.ZeroSince = later(m.ZeroSince, by)
	return m
}

func later(at *time.Duration, by time.Duration) *time.Duration {
	if at == nil {
		return nil
	}
	v := *at + by
	return &v
}
