package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestTheMassGuardDoesNotBelieveZerosAfterALongOutage(t *testing.T) {
	spec, subjects := massSpec(5)
	e := engine.New(spec, engine.State{})
	now := time.Duration(0)
	var last []policy.Decision
	step := func(o func(s signals.Subject) signals.Outcome) {
		tick := engine.Tick{Now: instant(now)}
		for _, s := range subjects {
			x := o(s)
			x.At = tick.Now
			tick.Outcomes = append(tick.Outcomes, x)
		}
		now += interval
		last = e.Step(tick)
	}
	for range 4 {
		step(func(s signals.Subject) signals.Outcome { return value(s, 100) })
	}
	for range 241 { // an hour of outage
		step(func(s signals.Subject) signals.Outcome { return failed(s, signals.Unavailable, false) })
	}
	_, g := e.Status()
	require.True(t, g[0].Tripped)
	for i := range 20 { // it comes back empty
		step(func(s signals.Subject) signals.Outcome { return value(s, 0) })
		n, known := last[0].Desired.Replicas()
		if known && n < 10 {
			t.Fatalf("lowered to %d after %d polls of zeros", n, i+1)
		}
	}
}

func TestTheMassGuardTripsBeforeTheFastOfMixedIntervals(t *testing.T) {
	spec, subjects := massSpec(10)
	for i := range spec.Subjects {
		if i >= 5 {
			spec.Subjects[i].Interval = time.Minute
			spec.Policies[i].Signals[0].Rules.FreshFor = 3 * time.Minute
		}
	}
	e := engine.New(spec, engine.State{})
	now := time.Duration(0)
	var last []policy.Decision
	v := 100.0
	step := func(k int) {
		tick := engine.Tick{Now: instant(now)}
		for i, s := range subjects {
			if i < 5 || k%4 == 0 {
				x := value(s, v)
				x.At = tick.Now
				tick.Outcomes = append(tick.Outcomes, x)
			}
		}
		now += interval
		last = e.Step(tick)
	}
	for k := range 13 {
		step(k)
	}
	v = 0 // just after the slow ones were polled
	for k := 13; k < 40; k++ {
		step(k)
		n, known := last[0].Desired.Replicas()
		_, g := e.Status()
		if known && n < 10 {
			t.Fatalf("lowered to %d after %d polls of zeros; guard %+v", n, k-12, g[0])
		}
	}
}

func TestTheMassGuardTakesGarbageForBad(t *testing.T) {
	spec, subjects := massSpec(5)
	e := engine.New(spec, engine.State{})
	now := time.Duration(0)
	step := func(v float64) {
		tick := engine.Tick{Now: instant(now)}
		for _, s := range subjects {
			x := value(s, v)
			x.At = tick.Now
			tick.Outcomes = append(tick.Outcomes, x)
		}
		now += interval
		e.Step(tick)
	}
	for range 4 {
		step(100)
	}
	for range 10 {
		step(-1)
	}
	_, g := e.Status()
	require.True(t, g[0].Tripped, "all five are Stale: %+v", g[0])
}

func TestTheMassGuardHoldsForAllIntervals(t *testing.T) {
	spec, subjects := massSpec(10)
	for i := range spec.Subjects {
		set := settings()
		set.ID = spec.Policies[i].ID
		set.ScaleIn.Stabilization = 5 * time.Minute
		spec.Policies[i].Policy = policy.New(set)
		if i >= 5 {
			spec.Subjects[i].Interval = time.Minute
			spec.Policies[i].Signals[0].Rules.FreshFor = 3 * time.Minute
		}
	}
	e := engine.New(spec, engine.State{})
	now := time.Duration(0)

	fast, slow := 100.0, 100.0
	step := func(k int) {
		tick := engine.Tick{Now: instant(now)}
		for i, s := range subjects {
			v := fast
			if i >= 5 {
				v = slow
			}
			if i < 5 || k%4 == 0 {
				x := value(s, v)
				x.At = tick.Now
				tick.Outcomes = append(tick.Outcomes, x)
			}
		}
		now += interval
		e.Step(tick)
	}
	for k := range 13 {
		step(k)
	}
	fast, slow = 0, 0
	for k := 13; k < 60; k++ {
		step(k)
	}
	slow = 100 // the slow ones are well again, the fast ones still lie
	for k := 60; k < 80; k++ {
		step(k)
	}
	_, g := e.Status()
	require.True(t, g[0].Tripped)
}
