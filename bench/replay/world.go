// Package replay runs autoscalers against a model of a service or a queue under
// recorded traffic: the same engine.Step as in production, where only the clock, the
// sources and the workload are simulated. It does no I/O and reads no clock.
package replay

import (
	"context"
	"time"

	"github.com/scaler-dev/scaler/bench/plant"
)

// Load is traffic, in steps of a constant length.
type Load struct {
	// Start is the wall clock's time of the first step, for schedules.
	Start time.Time
	Step  time.Duration
	// PerSecond are arrivals; a NaN is a gap, of which nothing is known.
	PerSecond []float64
}

// Autoscaler orders the replicas of a world. It is called with every step of it.
type Autoscaler interface {
	Step(w *World) (replicas int32)
}

// World is what an autoscaler may see.
type World struct {
	start time.Time
	step  time.Duration
	plant *plant.Plant
	meter *meter
}

// Now is the time since the beginning.
func (w *World) Now() time.Duration { return w.plant.Now() }

// Wall is the time as the traffic has it.
func (w *World) Wall() time.Time { return w.start.Add(w.Now()) }

// Length is how long each step is.
func (w *World) Length() time.Duration { return w.step }

// State is the model as the latest step left it.
func (w *World) State() plant.State { return w.plant.State() }

// Read is a quantity as a source that samples it so has it now; false: there is no
// datapoint.
func (w *World) Read(q Quantity, s Sampling) (at time.Duration, value float64, ok bool) {
	r := w.meter.read(q, s, w.Now())
	return r.at, r.value, r.ok
}

// Step is what happened in one, for those who keep scores.
type Step struct {
	Index   int
	Known   bool // the traffic is; in a gap nothing arrives, and nothing is to be scored
	Arrived float64
	Begun   []plant.Begun // until the next step
	State   plant.State
	Ordered int32
}

// Settings are what is replayed.
type Settings struct {
	Load  Load
	Plant plant.Settings
	// Reach is how far back sources look; samplings of more see nothing.
	Reach time.Duration
}

// Run replays the load, and tells every step. It ends early with the context's
// error.
func Run(ctx context.Context, s Settings, a Autoscaler, tell func(Step)) error {
	p := plant.New(s.Plant)
	w := &World{start: s.Load.Start, step: s.Load.Step, plant: p, meter: newMeter(max(s.Reach, s.Load.Step), s.Load.Step, s.Plant.ServiceTime)}
	ordered := s.Plant.Replicas
	for i, rate := range s.Load.PerSecond {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		known := rate == rate //nolint:gocritic // not a NaN
		arrived := 0.0
		if known {
			arrived = rate * s.Load.Step.Seconds()
		}
		state := p.Step(s.Load.Step, arrived, ordered)
		w.meter.add(&state, p.Begun(), s.Load.Step, arrived, known)
		tell(Step{Index: i, Known: known, Arrived: arrived, Begun: p.Begun(), State: state, Ordered: ordered})
		ordered = a.Step(w)
	}
	return nil
}
