package replay

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

const learned = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: prom}
spec: {prometheus: {url: "http://prometheus:9090"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: web, namespace: shop}
spec:
  replicas: {min: 2, max: 100}
  workload: {deployment: {name: web}}
  signals:
  - {name: requests, provider: prom, kind: Total, prometheus: {query: r}}
  - {name: p95, provider: prom, kind: PerReplica, prometheus: {query: l}}
  demand: [{name: web, perReplica: {signal: requests, capacity: {latency: p95, within: 300ms, start: 10}}}]
  scaleIn: {stabilization: 1m}
`

// TestWhatIsLearnedIsTheModels has two days of daily traffic with noise on a model
// whose replicas carry 40 a second and take 60 s to start, 90 s in one case of ten.
func TestWhatIsLearnedIsTheModels(t *testing.T) {
	docs, err := config.Load([]config.File{{Name: "d.yaml", Data: []byte(learned)}}, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	p, err := NewPolicy(docs.Policies[0], map[string]Binding{
		"requests": {Quantity: v1alpha1.Arrivals, Sampling: Sampling{Window: 30 * time.Second}},
		"p95":      {Quantity: v1alpha1.LatencyP95, Sampling: Sampling{Window: 30 * time.Second}},
	})
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 0)) //nolint:gosec // a model, no secret
	load := make([]float64, 2*24*720)
	level := 0.0
	for i := range load {
		if i%12 == 0 {
			level = 1 + 0.05*random.NormFloat64()
		}
		load[i] = max(0, 700-500*math.Cos(2*math.Pi*float64(i)/17280)) * level
	}
	s := Settings{
		Load: Load{Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Step: 5 * time.Second, PerSecond: load},
		Plant: plant.Settings{
			Rate: 40, ServiceTime: 100 * time.Millisecond, Replicas: 20,
			StartUp: plant.StartUp{Median: 60 * time.Second, P90: 90 * time.Second}, Seed: 3,
		},
		Reach: 5 * time.Minute,
	}
	var starts estimate.StartUp
	var last policy.Proposal
	require.NoError(t, Run(t.Context(), s, stepper(func(w *World) int32 {
		d := p.Decide(w)
		last = d.Proposals[0]
		st := w.State()
		if w.Now()%(15*time.Second) == 0 {
			starts.Look(st.Ready+st.Starting, st.Ready, false, w.Now())
		}
		return Direct{}.Follow(w, d)
	}), func(Step) {}))
	require.NotEmpty(t, last.Terms)
	t.Logf("capacity %+v", last.Terms[0])
	require.InEpsilon(t, 40, last.Terms[0].Value, 0.15)
	p90, sure := starts.P90()
	t.Logf("start-up %v, %.2f sure", p90, sure)
	require.InEpsilon(t, 90, p90.Seconds(), 0.2)
}
