package main

import (
	"encoding/json"
	"runtime"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// alone is what a policy's steps take by themselves, with no model of replicas: the
// engine is given the traffic as its signal. It tells the bytes of what the policy then
// remembers, as it is saved and mirrored.
func alone(p *v1alpha1.ScalingPolicy, t *trace.Trace) (cost, error) {
	program, err := compile.Compile([]*v1alpha1.ScalingPolicy{p})
	if err != nil {
		return cost{}, err
	}
	e := engine.New(program.Spec, engine.State{})
	subject, service := program.Spec.Subjects[0], *program.Spec.Policies[0].Workload
	outcomes, looks := make([]signals.Outcome, 1), make([]workload.Observation, 1)
	samples := make([]signals.Sample, 1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began, used := time.Now(), cpuTime()
	ready := p.Spec.Replicas.Min
	for i, load := range t.Loads() {
		at := time.Duration(i) * t.Step
		tick := engine.Tick{Now: signals.Instant{Wall: t.Start.Add(at), Mono: at}}
		if at%subject.Interval < t.Step {
			samples[0] = signals.Sample{Value: load}
			outcomes[0] = signals.Outcome{Subject: subject.Subject, At: tick.Now, Samples: samples}
			tick.Outcomes = outcomes
		}
		if at%workload.Interval < t.Step {
			looks[0] = workload.Observation{ID: service, At: tick.Now, Ordered: ready, Ready: ready}
			tick.Workloads = looks
		}
		if n, ok := e.Lend(tick)[0].Desired.Replicas(); ok {
			ready = n
		}
	}
	c := cost{wall: time.Since(began), cpu: cpuTime() - used}
	runtime.ReadMemStats(&after)
	c.allocations, c.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	saved, err := json.Marshal(e.State().Policies[0].State)
	c.state = len(saved)
	return c, err
}
