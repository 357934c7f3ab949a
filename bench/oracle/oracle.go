// Package oracle says what a policy that knew the whole traffic would have paid: a
// lower bound that the cost of every real policy is compared with.
//
// It is a model. Load is a fluid, constant within a step; replicas are equal, serve
// at a constant rate from the moment they are ready, and are billed from the order
// to the end, start-up included. A start may be ordered before the first step.
// Everything here is a pure function of its arguments.
package oracle

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// maxReplicas bounds the memory and the time of a bound.
const maxReplicas = 1_000_000

// Plant is what the load runs on.
type Plant struct {
	// Step is what one element of a slice of loads covers. Above 0.
	Step time.Duration
	// StartUp is from the order of a replica until it is ready; it is billed.
	StartUp time.Duration
	// PerReplica is how many requests or messages one ready replica serves in a
	// second. Above 0.
	PerReplica float64
	// Min replicas always run.
	Min int
	// Max replicas run at most; 0: no limit.
	Max int
	// Initial replicas are ready before the first step, with no start to pay.
	Initial int
}

// Bound encloses the least that the loads cost.
type Bound struct {
	// Low is in replica-hours; no policy of the same late share can cost less.
	Low float64
	// High is in replica-hours: the cost of Schedule, which is feasible. The least
	// cost lies from Low to High; where the optimum is exact they are equal.
	High float64
	// Schedule is the number of ready replicas in each step.
	Schedule []int
	// Starts is how many replicas Schedule starts.
	Starts int
	// Late is the share of all requests that Schedule serves late.
	Late float64
	// Reachable tells whether the late share can be kept at all with Max replicas. If
	// not, Requests bounds the least late schedule, and Queue one that has no Max.
	Reachable bool
}

// check tells what is wrong with the arguments.
func (p Plant) check(loads []float64, late float64) error {
	switch {
	case p.Step <= 0:
		return errors.New("the step must be above 0")
	case p.StartUp < 0:
		return errors.New("the start-up must not be negative")
	case !(p.PerReplica > 0) || math.IsInf(p.PerReplica, 0):
		return errors.New("the rate of a replica must be above 0")
	case p.Min < 0 || p.Initial < 0 || p.Max < 0 || p.Min > maxReplicas || p.Initial > maxReplicas:
		return fmt.Errorf("numbers of replicas must be from 0 to %d", maxReplicas)
	case p.Max > 0 && p.Min > p.Max:
		return errors.New("the least replicas must not be above the most")
	case !(late >= 0 && late < 1):
		return errors.New("the late share must be from 0 to below 1")
	}
	return p.checkLoads(loads)
}

func (p Plant) checkLoads(loads []float64) error {
	for i, load := range loads {
		switch {
		case math.IsNaN(load):
		case load < 0 || math.IsInf(load, 0):
			return fmt.Errorf("the load of step %d must be finite and not negative", i)
		case load/p.PerReplica > maxReplicas:
			return fmt.Errorf("the load of step %d needs more than %d replicas", i, maxReplicas)
		}
	}
	return nil
}

// need is how many replicas serve a load without delay, Max or not.
func (p Plant) need(load float64) int {
	if math.IsNaN(load) {
		return p.Min
	}
	// What a division leaves behind the comma is no reason for another replica.
	return max(p.Min, int(math.Ceil(load/p.PerReplica-1e-9)))
}

func (p Plant) limit(n int) int {
	if p.Max > 0 {
		return min(n, p.Max)
	}
	return n
}

// Cost is what a schedule of ready replicas costs in replica-hours, and how many
// replicas it starts.
func (p Plant) Cost(schedule []int) (hours float64, starts int) {
	before, total := p.Initial, 0
	for _, n := range schedule {
		starts += max(0, n-before)
		total += n
		before = n
	}
	return float64(total)*p.Step.Hours() + float64(starts)*p.StartUp.Hours(), starts
}

// Late is how many requests a schedule of ready replicas serves late, when what
// exceeds the capacity of a step is late, and how many there are.
func (p Plant) Late(schedule []int, loads []float64) (late, all float64) {
	for i, load := range loads {
		if math.IsNaN(load) {
			continue
		}
		all += load
		if schedule[i] < p.need(load) {
			late += load - float64(schedule[i])*p.PerReplica
		}
	}
	return late * p.Step.Seconds(), all * p.Step.Seconds()
}

// bound is that of a schedule, exact unless its Low is lowered.
func (p Plant) bound(schedule []int, loads []float64) Bound {
	b := Bound{Schedule: schedule, Reachable: true}
	b.High, b.Starts = p.Cost(schedule)
	b.Low = b.High
	if late, all := p.Late(schedule, loads); all > 0 {
		b.Late = late / all
	}
	return b
}
