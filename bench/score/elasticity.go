package score

import (
	"cmp"
	"time"
)

// Elasticity holds the metrics of the SPEC research group on clouds: diagnostics that
// say why a policy is late or dear. They weigh by time, so that a replica short at
// night equals one at the peak; nothing is compared by them.
type Elasticity struct {
	// UnderAccuracy (theta_U) and OverAccuracy (theta_O) are the mean shortage and
	// excess of ready replicas, as a share of those needed; of 1, where none is.
	UnderAccuracy, OverAccuracy float64
	// UnderTime (tau_U) and OverTime (tau_O) are the shares of time with a shortage, and
	// with an excess.
	UnderTime, OverTime float64
	// Instability (upsilon) is the share of steps in which supply and demand move in
	// different directions, one of them perhaps not at all.
	Instability float64
	// JitterPerHour is how many changes of supply there are above those of demand: above
	// 0 restless, below 0 slow.
	JitterPerHour float64
}

type elastic struct {
	steps, pairs             int
	under, over              float64
	underSteps, overSteps    int
	unstable, supply, demand int
	needed, ready            int
	before                   bool
}

// skip is a step without known demand.
func (e *elastic) skip() { e.before = false }

func (e *elastic) add(needed, ready int) {
	e.steps++
	base := float64(max(1, needed))
	e.under += float64(max(0, needed-ready)) / base
	e.over += float64(max(0, ready-needed)) / base
	if ready < needed {
		e.underSteps++
	}
	if ready > needed {
		e.overSteps++
	}
	if e.before {
		e.pair(cmp.Compare(needed, e.needed), cmp.Compare(ready, e.ready))
	}
	e.needed, e.ready, e.before = needed, ready, true
}

// pair takes in where demand and supply moved between two steps.
func (e *elastic) pair(demand, supply int) {
	e.pairs++
	e.demand += demand * demand
	e.supply += supply * supply
	if demand != supply {
		e.unstable++
	}
}

func (e *elastic) metrics(step time.Duration) Elasticity {
	if e.steps == 0 {
		return Elasticity{}
	}
	steps := float64(e.steps)
	return Elasticity{
		UnderAccuracy: e.under / steps,
		OverAccuracy:  e.over / steps,
		UnderTime:     float64(e.underSteps) / steps,
		OverTime:      float64(e.overSteps) / steps,
		Instability:   float64(e.unstable) / float64(max(1, e.pairs)),
		JitterPerHour: float64(e.supply-e.demand) / (steps * step.Hours()),
	}
}
