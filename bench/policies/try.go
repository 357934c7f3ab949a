package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"text/template"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/oracle"
	"github.com/scaler-dev/scaler/bench/score"
	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/config"
)

// documents are our policy, with one setting for all traces, and its replay. The
// signal is read as the incumbents' are: over the last 15 s, at once.
const documents = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: http}
spec: {http: {url: "http://metrics"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: per-replica, namespace: scaler}
spec:
  replicas: {min: 1, max: {{.Max}}}
  workload: {deployment: {name: web}}
  signals: [{name: requests, provider: http, kind: Total, interval: 15s, http: {path: /requests, value: body.n}}]
  demand: [{name: load, perReplica: {signal: requests, amount: {{.Amount}}}}]
---
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {kubernetes: {namespace: scaler}}
---
apiVersion: scaler.dev/v1alpha1
kind: Replay
metadata: {name: bench}
spec:
  plant: {replicas: {{.Initial}}, capacity: {{.Capacity}}, serviceTime: 100ms, startUp: {median: {{.StartUp}}}, step: {{.Step}}}
  bind: {requests: arrivals}
  sampling: {requests: {window: 15s}}
  objective: {latency: 1s}
`

// busy is the share of a replica's capacity that a policy asks for by default.
const busy = 0.7

// result is what was found on a trace.
type result struct {
	traffic

	capacity  float64
	usual     []trial.Run
	frontiers map[string]score.Frontier
	oracles   []oracle.Bound // by budget
}

// rivals of our policy. Those of queues are left out: the traffic is requests.
func rivals() []string { return []string{"hpa", "kpa", "target-tracking", "step", "predictive"} }

func (s settings) try(ctx context.Context, t traffic) (result, error) {
	r := result{traffic: t, capacity: t.highest() / s.peak, frontiers: map[string]score.Frontier{}}
	s.step = t.Step
	initial := t.initial(r.capacity)
	docs, err := s.load(r.capacity, initial)
	if err != nil {
		return r, err
	}
	settings := trial.Settings{
		Name: t.name, Trace: t.Trace, Policy: docs.Policies[0], Replay: docs.Replays[0], Against: rivals(), Budget: budgets()[0], Sweep: true,
	}
	got, err := trial.Try(ctx, settings)
	if err != nil {
		return r, err
	}
	r.usual = got.Usual()
	points := map[string][]score.Point{}
	for _, run := range got.Runs {
		points[run.Name] = append(points[run.Name], score.Point{
			Setting: strconv.FormatFloat(run.Factor, 'g', -1, 64), LateShare: run.Scores.Late, Cost: run.Scores.Hours,
		})
	}
	for name, sweep := range points {
		r.frontiers[name] = score.NewFrontier(sweep)
	}
	r.oracles = []oracle.Bound{got.Oracle}
	for _, budget := range budgets()[1:] {
		bound, err := oracle.Requests(s.plant(docs.Policies[0], r.capacity, initial), t.Loads(), budget)
		if err != nil {
			return r, err
		}
		r.oracles = append(r.oracles, bound)
	}
	return r, nil
}

func (s settings) plant(p *v1alpha1.ScalingPolicy, capacity float64, initial int) oracle.Plant {
	return oracle.Plant{
		Step: s.step, StartUp: s.startUp, PerReplica: capacity,
		Min: int(p.Spec.Replicas.Min), Max: int(p.Spec.Replicas.Max), Initial: initial,
	}
}

func (s settings) load(capacity float64, initial int) (*config.Documents, error) {
	t, err := template.New("documents").Parse(documents)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, map[string]any{
		"Max": int(5 * s.peak), "Initial": initial, "Amount": fmt.Sprintf("%g", busy*capacity), "Capacity": fmt.Sprintf("%g", capacity), "StartUp": s.startUp, "Step": s.step,
	})
	if err != nil {
		return nil, err
	}
	return config.Load([]config.File{{Name: "bench.yaml", Data: text.Bytes()}}, func(string) (string, bool) { return "", false })
}
