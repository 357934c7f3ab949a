package demand

import (
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Capacity is what one replica carries: given, or learned from a latency.
type Capacity struct {
	// Fixed is given; 0: learned.
	Fixed float64
	// Latency is the signal that should be Within so many seconds.
	Latency string
	Within  float64
	// Start is what it is taken for until a violation tells otherwise; 0: nothing is.
	Start float64
}

// Learned is what a demand needs to know of the replicas: given, or learned.
type Learned struct {
	Capacity Capacity
	// StartUp from order to ready is given; 0: learned.
	StartUp time.Duration
	// Lent says that another demand of the policy does the learning.
	Lent bool
}

// fixed says that there is nothing to learn.
func (l Learned) fixed() bool { return l.Capacity.Fixed > 0 && l.StartUp > 0 }

// Replica is what is known of one.
type Replica struct {
	// Capacity is 0 while it is not known.
	Capacity float64
	StartUp  time.Duration
	// CapacityTerm and StartUpTerm explain them.
	CapacityTerm, StartUpTerm policy.Term
}

// window is how long before a sample the replicas may have changed within what it is
// of.
const window = time.Minute

// Learn takes in what is new of a load and of the workload, and gives what is known.
// The load is a total; isNew says that its newest sample was not seen before. What is
// not fresh and confirmed teaches nothing. What a sample teaches counts from the next
// call on, so that more load never means fewer replicas.
func (l Learned) Learn(in *policy.Input, load signals.Known, isNew bool, st *policy.DemandState) Replica {
	known := st.Learned
	if known == nil {
		known = &estimate.Learned{}
	}
	if !l.fixed() && !l.Lent {
		st.Learned = known
	}
	now := in.View.Now().Mono
	r := Replica{}
	r.StartUp, r.StartUpTerm = l.startUp(in.Workload, now, &known.StartUp)
	c := &known.Capacity
	r.Capacity, r.CapacityTerm = l.Capacity.value(c, now)
	if isNew && l.Capacity.Fixed == 0 && !l.Lent {
		l.Capacity.learn(c, in, load)
	}
	return r
}

func (l Learned) startUp(w policy.Workload, now time.Duration, s *estimate.StartUp) (time.Duration, policy.Term) {
	if l.StartUp > 0 {
		return l.StartUp, policy.Term{Name: "start-up", Value: l.StartUp.Seconds(), Unit: "s"}
	}
	if w.State == policy.WorkloadKnown && w.Reason == "" && !l.Lent {
		s.Look(w.Ordered, w.Ready, w.Deploying, now-w.Age)
	}
	d, sure := s.P90()
	t := policy.Term{Name: "start-up", Value: d.Seconds(), Unit: "s", Learned: sure > 0, Sure: sure}
	if sure == 0 {
		t.Note = "until enough starts were seen"
	}
	return d, t
}

func (c Capacity) value(e *estimate.Capacity, now time.Duration) (float64, policy.Term) {
	t := policy.Term{Name: "capacity", Unit: "/s a replica"}
	if c.Fixed > 0 {
		t.Value = c.Fixed
		return c.Fixed, t
	}
	v, sure := e.Value(now)
	t.Value, t.Learned, t.Sure = v, true, sure
	switch {
	case c.Start > v && e.Allows(now) > v:
		t = policy.Term{Name: t.Name, Unit: t.Unit, Value: min(c.Start, e.Allows(now)), Note: "given, until its latency says otherwise"}
	case sure == 0:
		t.Sure, t.Note = e.Progress(), "learning"
	}
	return t.Value, t
}

// learn takes a sample in if everything in it is fresh. What went well counts with the
// most replicas that may have shared it, what did not with the fewest.
func (c Capacity) learn(e *estimate.Capacity, in *policy.Input, load signals.Known) {
	latency, ok := in.View.Observe(c.Latency).(signals.Known)
	w := in.Workload
	if !ok || !latency.MayLower() || !load.MayLower() || w.State != policy.WorkloadKnown || w.Reason != "" || w.Deploying {
		return
	}
	fewest, most := readyWithin(w, load.BornAt()-window, load.BornAt())
	replicas := most
	if latency.Value() > c.Within {
		replicas = fewest
	}
	if replicas > 0 {
		e.Add(load.Value()/float64(replicas), latency.Value(), c.Within, in.View.Now().Mono)
	}
}

// readyWithin are the fewest and the most replicas that were ready between two
// instants.
func readyWithin(w policy.Workload, from, to time.Duration) (fewest, most int32) {
	fewest = w.ReadyAt(to)
	most = fewest
	for _, p := range slices.Backward(w.Past) {
		if p.Since > to {
			continue
		}
		fewest, most = min(fewest, p.Ready), max(most, p.Ready)
		if p.Since <= from {
			break
		}
	}
	return fewest, most
}
