// Package score judges a run: how late, how dear, how restless. It takes the run step
// by step and holds no series; it is pure, and safe for no concurrent use.
package score

import "time"

// Step is what happened in one step of a run.
type Step struct {
	// Arrivals and Late are requests, or messages: all that came, and those of them that
	// were, or will be, served too late. Waiting is how many wait at the end.
	Arrivals, Late, Waiting float64
	// Unknown tells that the traffic of this step is missing from the trace: it counts
	// for the cost and the starts, and for nothing that has to do with demand.
	Unknown bool
	// Delay is the longest that one of the arrivals waits.
	Delay time.Duration
	// Needed replicas would have served the step without delay; Ready did.
	Needed, Ready int
	// Billed replicas are those ordered and not yet ended, starting ones included.
	Billed int
	// Wanted is what the policy, or its actuator, asks for.
	Wanted int
	// Started is how many replicas were ordered anew.
	Started int
}

// Score is the judgement of a run. Its shares are from 0 to 1.
type Score struct {
	Duration       time.Duration
	Arrivals, Late float64
	// LateShare is Late of Arrivals: weighted by requests, not by time.
	LateShare float64
	// ReplicaHours are billed, start-up included.
	ReplicaHours float64
	// WorstDelay is the longest of all; P999Delay is one that 99.9 % of requests do not
	// exceed, when all of a step wait as long as its longest: at most 10 % too long.
	WorstDelay, P999Delay time.Duration
	// LongestLate is the longest time in which every step had late requests. A step
	// without known traffic ends it.
	LongestLate time.Duration
	// WorstWaiting is the most that waited at the end of a step.
	WorstWaiting float64
	// StartsPerDay are replicas; ActionsPerDay are changes of Wanted.
	StartsPerDay, ActionsPerDay float64
	Elasticity                  Elasticity
}

// Meter makes a Score of steps of equal length. Make one with New.
type Meter struct {
	step    time.Duration
	steps   int
	billed  int
	starts  int
	actions int
	wanted  int
	run     time.Duration
	delays  delays
	elastic elastic
	score   Score
}

// New measures steps of a length; one that is not above 0 counts as a second.
func New(step time.Duration) *Meter {
	if step <= 0 {
		step = time.Second
	}
	return &Meter{step: step}
}

// Add takes the next step in.
func (m *Meter) Add(s Step) {
	if m.steps > 0 && s.Wanted != m.wanted {
		m.actions++
	}
	m.steps++
	m.wanted = s.Wanted
	m.billed += s.Billed
	m.starts += s.Started
	if s.Unknown {
		m.run = 0
		m.elastic.skip()
		return
	}
	m.score.Arrivals += s.Arrivals
	m.score.Late += s.Late
	m.score.WorstDelay = max(m.score.WorstDelay, s.Delay)
	m.score.WorstWaiting = max(m.score.WorstWaiting, s.Waiting)
	m.delays.add(s.Delay, s.Arrivals)
	m.elastic.add(s.Needed, s.Ready)
	m.run += m.step
	if s.Late <= 0 {
		m.run = 0
	}
	m.score.LongestLate = max(m.score.LongestLate, m.run)
}

// Score is that of the steps so far. Without a step, or a request, its shares are 0.
func (m *Meter) Score() Score {
	s := m.score
	s.Duration = time.Duration(m.steps) * m.step
	s.ReplicaHours = float64(m.billed) * m.step.Hours()
	s.P999Delay = min(m.delays.quantile(0.999), s.WorstDelay)
	if s.Arrivals > 0 {
		s.LateShare = s.Late / s.Arrivals
	}
	if days := s.Duration.Hours() / 24; days > 0 {
		s.StartsPerDay = float64(m.starts) / days
		s.ActionsPerDay = float64(m.actions) / days
	}
	s.Elasticity = m.elastic.metrics(m.step)
	return s
}

// Over is how much a cost is above that of an oracle, as a share: 0.2 is 20 % more.
// Both must be of the same late share. It is false where the oracle has no cost.
func Over(cost, oracle float64) (float64, bool) {
	if oracle <= 0 {
		return 0, false
	}
	return cost/oracle - 1, true
}
