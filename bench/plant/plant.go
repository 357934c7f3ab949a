// Package plant is a model of a service or a queue whose replicas take time to
// start. It is a model: arrivals are a fluid, spread evenly over a step; each takes
// the same time of a replica; replicas are alike, share the work evenly, and finish
// what they have when they are stopped. It reads no clock, and equal settings and
// steps give equal results.
package plant

import (
	"math"
	"math/rand/v2"
	"time"
)

// Settings are the model's parameters.
type Settings struct {
	// Rate is how many arrivals a second one ready replica serves when it is busy.
	Rate float64
	// ServiceTime is how long one of them takes; with Rate it says how many a replica
	// serves at once. 0: no time worth telling.
	ServiceTime time.Duration
	// StartUp is how long a new replica takes until it serves.
	StartUp StartUp
	// Replicas that are ready at the beginning.
	Replicas int32
	// Seed of the start-up times.
	Seed uint64
}

// StartUp is a distribution of start-up times: a constant, or log-normal.
type StartUp struct {
	Median time.Duration
	// P90 is what nine of ten take at most; 0: all take the median.
	P90 time.Duration
}

// z90 is the 90th percentile of the standard normal distribution.
const z90 = 1.2815515655446004

func (s StartUp) draw(r *rand.Rand) time.Duration {
	if s.P90 <= s.Median || s.Median <= 0 {
		return s.Median
	}
	sigma := math.Log(float64(s.P90)/float64(s.Median)) / z90
	return time.Duration(float64(s.Median) * math.Exp(sigma*r.NormFloat64()))
}

// State is the model after a step.
type State struct {
	Now time.Duration // since the beginning
	// Arrived, Served, Waiting and InService are amounts of arrivals, of which
	// Arrived = Served + Waiting + InService.
	Arrived, Served, Waiting, InService float64
	// Ready replicas serve; Starting will; Draining finish what they have.
	Ready, Starting, Draining int32
	// Wait is how long the oldest that waits has done so; 0: none waits.
	Wait time.Duration
	// Busy is the share of the ready replicas' capacity that the step used.
	Busy float64
	// Starts are replicas that were ever started, and Billed the time of all
	// replicas, from their order to their end.
	Starts int64
	Billed time.Duration
}

// Begun is an amount whose service began in a step, after waits that went evenly
// from First to Last.
type Begun struct {
	Amount      float64
	First, Last time.Duration
}

// Plant is the model. It is not safe for concurrent use.
type Plant struct {
	s        Settings
	random   *rand.Rand
	state    State
	starting []time.Duration // when each starting replica will serve, in order of their orders
	draining []drain
	waiting  queue[cohort] // what arrived together, oldest first
	working  queue[job]    // what is served, the first to end first
	begun    []Begun       // in the step
}

// cohort is what arrived in a step and still waits: it arrived evenly from from to to.
type cohort struct {
	from, to time.Duration
	amount   float64
}

// job is what began together, of which left is on replicas that were stopped.
type job struct {
	ends         time.Duration
	amount, left float64
}

type drain struct {
	ends     time.Duration
	replicas int32
}

// New makes a plant in which nothing waits.
func New(s Settings) *Plant {
	return &Plant{
		s: s, state: State{Ready: max(0, s.Replicas)},
		random: rand.New(rand.NewPCG(s.Seed, 0)), //nolint:gosec // a model, no secret
	}
}

// State is the model as the latest step left it.
func (p *Plant) State() State { return p.state }

// Now is the time since the beginning.
func (p *Plant) Now() time.Duration { return p.state.Now }

// Begun is what began in the latest step. It is overwritten by the next.
func (p *Plant) Begun() []Begun { return p.begun }

// Step lets time pass: replicas follow the desired number, arrivals come evenly
// over the step, and the ready replicas serve the oldest first. What is negative
// counts as 0.
func (p *Plant) Step(dt time.Duration, arrivals float64, desired int32) State {
	dt, arrivals = max(0, dt), max(0, arrivals)
	p.become(max(0, desired))
	p.begun = p.begun[:0]
	now := p.state.Now
	if arrivals > 0 {
		p.waiting.push(cohort{now, now + dt, arrivals})
		p.state.Arrived += arrivals
		p.state.Waiting += arrivals
	}
	p.serve(dt)
	p.bill(dt)
	p.state.Now += dt
	p.ripen()
	p.state.Wait = 0
	if p.waiting.len() > 0 {
		p.state.Wait = p.state.Now - p.waiting.first().from
	}
	return p.state
}

// Within is the share whose wait was at most that long.
func (b Begun) Within(wait time.Duration) float64 {
	low, high := min(b.First, b.Last), max(b.First, b.Last)
	switch {
	case wait >= high:
		return 1
	case wait < low:
		return 0
	}
	return float64(wait-low) / float64(high-low)
}
