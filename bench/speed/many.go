package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

const (
	tick    = time.Second // of the daemon
	ticks   = 180
	sampled = 15 // ticks, that a policy's signal has a sample and its workload a look
)

// many tells how long a tick takes of a process with so many policies of auto, each with
// a signal and a workload of its own: every policy is evaluated in every tick, and a
// fifteenth of them has a new sample.
func many(out io.Writer, p *v1alpha1.ScalingPolicy, n int, t *trace.Trace) error {
	before := heap()
	program, err := compile.Compile(copies(p, n))
	if err != nil {
		return err
	}
	e := engine.New(program.Spec, engine.State{})
	took := make([]time.Duration, 0, ticks)
	for i := range ticks {
		next := tickOf(program.Spec, t, i)
		began := time.Now()
		e.Lend(next)
		took = append(took, time.Since(began))
	}
	held := heap() - before
	slices.Sort(took)
	fmt.Fprintf(out, "%d policies of auto in one process, a tick every %v, a sample each every %v\n", n, tick, sampled*tick)
	fmt.Fprintf(out, "  %12v of a tick's second, the median of %d ticks; %v the longest\n", took[ticks/2].Round(time.Microsecond), ticks, took[ticks-1].Round(time.Microsecond))
	fmt.Fprintf(out, "  %12.1f KiB of memory a policy, signals and documents included\n\n", kib(held)/float64(n))
	return alive(e)
}

// alive keeps an engine until its memory was looked at, and tells whether it decided.
func alive(e *engine.Engine) error {
	for _, p := range e.State().Policies {
		if p.State.Previous == nil {
			return fmt.Errorf("policy %s decided nothing", p.ID)
		}
	}
	return nil
}

// copies of a policy, under names of their own, that read metrics and scale services of
// their own.
func copies(p *v1alpha1.ScalingPolicy, n int) []*v1alpha1.ScalingPolicy {
	out := make([]*v1alpha1.ScalingPolicy, n)
	for i := range out {
		one, signal := *p, p.Spec.Signals[0]
		metric, service := *signal.CloudWatch, *p.Spec.Workload.ECS
		one.Metadata.Name += strconv.Itoa(i)
		service.Service += strconv.Itoa(i)
		metric.Metric += strconv.Itoa(i)
		signal.CloudWatch = &metric
		one.Spec.Signals = []v1alpha1.Signal{signal}
		one.Spec.Workload = &v1alpha1.Workload{ECS: &service}
		out[i] = &one
	}
	return out
}

// tickOf has samples and looks of every fifteenth policy, the next ones in every tick.
func tickOf(spec engine.Spec, t *trace.Trace, i int) engine.Tick {
	at := time.Duration(i) * tick
	out := engine.Tick{Now: signals.Instant{Wall: t.Start.Add(at), Mono: at}}
	load := t.Loads()[min(int(at/t.Step), t.Len()-1)]
	for j := i % sampled; j < len(spec.Subjects); j += sampled {
		out.Outcomes = append(out.Outcomes, signals.Outcome{Subject: spec.Subjects[j].Subject, At: out.Now, Samples: []signals.Sample{{Value: load}}})
	}
	for j := i % sampled; j < len(spec.Policies); j += sampled {
		out.Workloads = append(out.Workloads, workload.Observation{ID: *spec.Policies[j].Workload, At: out.Now, Ordered: 5, Ready: 5})
	}
	return out
}
