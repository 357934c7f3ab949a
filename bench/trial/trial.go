// Package trial runs a policy and the autoscalers that people run today on the same
// traffic and the same model, and judges all of them beside an oracle.
package trial

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/oracle"
	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/bench/replay"
	"github.com/scaler-dev/scaler/bench/trace"
)

// Settings are what is tried on what.
type Settings struct {
	// Name of the traffic, for people.
	Name   string
	Trace  *trace.Trace
	Policy *v1alpha1.ScalingPolicy
	Replay *v1alpha1.Replay
	// Against are names of Incumbents.
	Against []string
	// Variants are run in place of Policy, if there are any, each with one setting. Of
	// Policy and Replay then count the range of replicas, the plant and the objective.
	Variants []Variant
	// Budget is the share of late arrivals that the oracle may have.
	Budget float64
	// NoOracle leaves it out, and what is said beside it.
	NoOracle bool
	// Sweep runs each at several targets too, but for Variants.
	Sweep bool
	// Progress is told how much of the work is done, from 0 to 1; nil: nobody is. It
	// is called from several goroutines.
	Progress func(share float64)
}

// Variant is a policy with one of its settings.
type Variant struct {
	// Name that its runs have, and the Factor of its usual setting, 1 for that one.
	Name   string
	Factor float64
	Policy *v1alpha1.ScalingPolicy
	// Replay says how its signals read the model.
	Replay *v1alpha1.Replay
}

// Result is what was found. The first run is the policy's.
type Result struct {
	Runs   []Run
	Oracle oracle.Bound
	// Times are the begins of the series' points, and Demand what arrived in them a
	// second; a NaN is a gap.
	Times  []time.Time
	Demand []float64
	// Repairs are what was put right in the traffic.
	Repairs []string
}

// Try runs a policy and its rivals.
func Try(ctx context.Context, s Settings) (*Result, error) {
	p := plantOf(s)
	entrants, err := entrantsOf(s, p)
	if err != nil {
		return nil, err
	}
	r := &Result{Runs: make([]Run, len(entrants)), Repairs: s.Trace.Repairs.Strings()}
	share := newShare(len(entrants)*s.Trace.Len(), s.Progress)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entrants {
		group.Go(func() error {
			got, err := e.run(ctx, s, p, share)
			r.Runs[i] = got
			return err
		})
	}
	if !s.NoOracle {
		group.Go(func() (err error) {
			r.Oracle, err = oracleOf(s, p, s.Budget)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	r.fill(s.Trace)
	return r, nil
}

// plantOf is the model that the document describes.
func plantOf(s Settings) plant.Settings {
	d := s.Replay.Spec.Plant
	out := plant.Settings{
		Rate: float64(d.Capacity), ServiceTime: d.ServiceTime.Duration, Seed: uint64(d.Seed),
		StartUp:  plant.StartUp{Median: d.StartUp.Median.Duration, P90: d.StartUp.P90.Duration},
		Replicas: s.Policy.Spec.Replicas.Min,
	}
	if out.Rate == 0 {
		out.Rate = float64(d.Concurrency) / d.ServiceTime.Seconds()
	}
	if d.Replicas != nil {
		out.Replicas = *d.Replicas
	}
	return out
}

// Oracle bounds what the traffic costs at a late share.
func Oracle(s Settings, late float64) (oracle.Bound, error) { return oracleOf(s, plantOf(s), late) }

// oracleOf bounds what the traffic costs: as a queue where the objective leaves time
// to wait, and as requests that cannot wait where it does not.
func oracleOf(s Settings, p plant.Settings, late float64) (oracle.Bound, error) {
	o := oracle.Plant{
		Step: s.Trace.Step, StartUp: p.StartUp.Median, PerReplica: p.Rate,
		Min: int(s.Policy.Spec.Replicas.Min), Max: int(s.Policy.Spec.Replicas.Max), Initial: int(p.Replicas),
	}
	wait := s.Replay.Spec.Objective.Latency.Duration - p.ServiceTime
	if wait >= queueing*s.Trace.Step {
		return oracle.Queue(o, s.Trace.Loads(), wait, late)
	}
	return oracle.Requests(o, s.Trace.Loads(), late)
}

// queueing is how many steps a wait must be for the traffic to be a queue's.
const queueing = 5

// load is the traffic as a replay takes it.
func load(t *trace.Trace) replay.Load {
	return replay.Load{Start: t.Start, Step: t.Step, PerSecond: t.Loads()}
}

// Check tells what keeps a trial from being run.
func Check(s Settings) error {
	r := s.Replay.Spec
	if r.Objective.Latency.Duration < r.Plant.ServiceTime.Duration {
		return fmt.Errorf("objective.latency %s is less than plant.serviceTime %s: everything would be late",
			r.Objective.Latency.Duration, r.Plant.ServiceTime.Duration)
	}
	return nil
}
