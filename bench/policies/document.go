package main

import (
	"bytes"
	"fmt"
	"text/template"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/config"
)

// around is what every policy of ours has.
const around = `
{{- define "requests"}}{name: requests, provider: http, kind: Total, {{.Pace}}, http: {path: /requests, value: body.n}}{{end}}
{{- define "latency"}}{name: latency, provider: http, kind: PerReplica, {{.Pace}}, http: {path: /latency, value: body.n}}{{end}}
{{- define "backlog"}}{name: backlog, provider: http, kind: Total, {{.Pace}}, http: {path: /backlog, value: body.n}}{{end}}
{{- define "inflight"}}{name: inflight, provider: http, kind: Total, {{.Pace}}, http: {path: /inflight, value: body.n}}{{end}}
{{- define "messages"}}{name: messages, provider: http, kind: Total, {{.Pace}}, http: {path: /messages, value: body.n}}{{end}}
{{- define "oldest"}}{name: oldest, provider: http, kind: PerReplica, {{.Pace}}, http: {path: /oldest, value: body.n}}{{end -}}
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: http}
spec: {http: {url: "http://metrics"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {kubernetes: {namespace: scaler}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: {{.Name}}, namespace: scaler}
spec:
  replicas: {min: 1, max: {{.Max}}}
  workload: {deployment: {name: web}}
`

// bind is what the signals of all policies read.
func bind() map[string]v1alpha1.Quantity {
	return map[string]v1alpha1.Quantity{
		"requests": v1alpha1.Arrivals, "latency": v1alpha1.LatencyP95, "backlog": v1alpha1.QueueVisible,
		"inflight": v1alpha1.QueueInFlight, "messages": v1alpha1.QueueMessages, "oldest": v1alpha1.QueueOldestAge,
	}
}

// age is how a policy's signals are read.
type age struct {
	title string
	// pace is YAML of a signal.
	pace   string
	sample v1alpha1.Sampling
}

// fresh is as SQS and Prometheus have it; requests over the last 15 s.
func fresh() age {
	return age{title: "fresh", pace: "interval: 15s", sample: v1alpha1.Sampling{Window: v1alpha1.Duration{Duration: 15 * time.Second}}}
}

// aged is as CloudWatch has it: the last whole minute, a minute late, so that what is
// read began 2 to 3 minutes ago and ended 60 to 120 s ago.
func aged() age {
	minute := v1alpha1.Duration{Duration: time.Minute}
	return age{
		title: "90 s old", pace: "interval: 15s, freshFor: 3m, holdFor: 10m",
		sample: v1alpha1.Sampling{Period: minute, Lag: minute},
	}
}

// service is what a trace runs on.
type service struct {
	kind             kind
	capacity         float64
	time             time.Duration
	latency, startUp time.Duration
	peak             float64
	step             time.Duration
	initial          int
}

// amount of load that a replica is to have: of its capacity, or of messages that it
// has in hand or gets to within half of what they may wait.
func (s service) amount() float64 {
	if s.kind.isQueue() {
		return s.capacity * (s.time + (s.latency-s.time)/2).Seconds()
	}
	return busy * s.capacity
}

// policy is a contender's document with a factor of its setting.
func (s service) policy(c contender, factor float64, a age) (*v1alpha1.ScalingPolicy, error) {
	t, err := template.New(c.name).Funcs(template.FuncMap{
		"times":   func(a, b float64) float64 { return a * b },
		"stretch": func(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) },
	}).Parse(around + c.spec)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, map[string]any{
		"Name": c.name, "Max": int(5 * s.peak), "Queue": s.kind.isQueue(), "Pace": a.pace, "Factor": factor, "Amount": s.amount() * factor,
		"Capacity": s.capacity, "Service": s.time, "StartUp": s.startUp, "Latency": s.latency, "Wait": s.latency - s.time, "Budget": budgets()[0],
	})
	if err != nil {
		return nil, err
	}
	docs, err := config.Load([]config.File{{Name: c.name + ".yaml", Data: text.Bytes()}}, func(string) (string, bool) { return "", false })
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", c.name, err)
	}
	return docs.Policies[0], nil
}

// replay is the model, with signals of an age.
func (s service) replay(a age) *v1alpha1.Replay {
	r := &v1alpha1.Replay{Spec: v1alpha1.ReplaySpec{
		Plant: v1alpha1.ReplayPlant{
			Replicas: new(int32(s.initial)), Capacity: v1alpha1.Number(s.capacity), ServiceTime: v1alpha1.Duration{Duration: s.time},
			StartUp: v1alpha1.ReplayStartUp{Median: v1alpha1.Duration{Duration: s.startUp}}, Step: v1alpha1.Duration{Duration: s.step},
		},
		Bind: bind(), Sampling: map[string]v1alpha1.Sampling{}, Objective: v1alpha1.ReplayObjective{Latency: v1alpha1.Duration{Duration: s.latency}},
	}}
	for name, q := range r.Spec.Bind {
		sample := a.sample
		if q != v1alpha1.Arrivals && sample.Period.Duration == 0 {
			sample = v1alpha1.Sampling{} // a level is read as it is
		}
		r.Spec.Sampling[name] = sample
	}
	r.Default()
	return r
}

// variant is a contender with a factor of its setting.
func (s service) variant(c contender, factor float64, a age) (trial.Variant, error) {
	p, err := s.policy(c, factor, a)
	return trial.Variant{Name: "scaler/" + c.name, Factor: factor, Policy: p, Replay: s.replay(a)}, err
}
