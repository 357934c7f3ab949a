package replay

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/internal/config"
)

const document = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: eu-west-1}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  workload: {ecs: {provider: aws, cluster: c, service: s}}
  signals: [{name: backlog, provider: aws, sqs: {queue: orders}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  scaleIn: {stabilization: 1m}
`

func documented(t testing.TB) *Policy {
	t.Helper()
	docs, err := config.Load([]config.File{{Name: "d.yaml", Data: []byte(document)}}, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	p, err := NewPolicy(docs.Policies[0], map[string]Binding{"backlog": {Quantity: v1alpha1.QueueMessages}})
	require.NoError(t, err)
	return p
}

func settings(perSecond ...float64) Settings {
	return Settings{
		Load:  Load{Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Step: time.Second, PerSecond: perSecond},
		Plant: plant.Settings{Rate: 1, StartUp: plant.StartUp{Median: 10 * time.Second}, Replicas: 1},
		Reach: 5 * time.Minute,
	}
}

func repeat(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestAPolicyFollowsItsQueue(t *testing.T) {
	p := documented(t)
	var most int32
	var last Step
	load := append(append(repeat(60, 0.5), repeat(120, 20)...), repeat(900, 0.5)...)
	require.NoError(t, Run(t.Context(), settings(load...), Documented{p, Direct{}}, func(s Step) {
		most = max(most, s.State.Ready)
		last = s
	}))
	require.Greater(t, most, int32(20))
	require.Equal(t, int32(1), last.State.Ready, "scaled in again")
	require.Less(t, last.State.Waiting, 10.0)
	got, ok := p.Latest().Desired.Replicas()
	require.True(t, ok)
	require.Equal(t, int32(1), got)
	require.NotEmpty(t, p.Latest().Trail)
}

func TestReplayIsDeterministic(t *testing.T) {
	runs := [2][]int32{}
	for i := range runs {
		load := append(repeat(60, 3), repeat(300, 17)...)
		s := settings(load...)
		s.Plant.StartUp.P90, s.Plant.Seed = 30*time.Second, 7
		require.NoError(t, Run(t.Context(), s, Documented{documented(t), Direct{}}, func(s Step) { runs[i] = append(runs[i], s.State.Ready) }))
	}
	require.Equal(t, runs[0], runs[1])
}

func TestAGapIsNoZero(t *testing.T) {
	var sampled []reading
	s := settings(append(append(repeat(120, 7), repeat(120, math.NaN())...), repeat(120, 7)...)...)
	var known []bool
	require.NoError(t, Run(t.Context(), s, stepper(func(w *World) int32 {
		at, v, ok := w.Read(v1alpha1.Arrivals, Sampling{Period: time.Minute, Lag: 30 * time.Second})
		sampled = append(sampled, reading{at, v, ok})
		return 10
	}), func(s Step) { known = append(known, s.Known) }))
	require.False(t, known[150])
	for i, r := range sampled {
		if !r.ok {
			continue
		}
		require.InDelta(t, 7, r.value, 1e-9, "at %d", i)
		require.Zero(t, r.at%time.Minute)
	}
	require.False(t, sampled[88].ok, "the first bucket is there 30 s after its end")
	require.True(t, sampled[89].ok)
	require.False(t, sampled[240].ok, "a bucket of the gap")
}

// stepper is an autoscaler of a function.
type stepper func(*World) int32

func (s stepper) Step(w *World) int32 { return s(w) }

func TestMeterReadsAsSourcesDo(t *testing.T) {
	load := append(repeat(60, 2), repeat(60, 8)...)
	s := settings(load...)
	s.Plant.Replicas, s.Plant.ServiceTime = 4, 500*time.Millisecond
	type at struct {
		q Quantity
		s Sampling
	}
	got := map[at]float64{}
	asked := []at{
		{v1alpha1.Arrivals, Sampling{}},
		{v1alpha1.Arrivals, Sampling{Window: 20 * time.Second}},
		{v1alpha1.Arrivals, Sampling{Window: 20 * time.Second, Lag: 50 * time.Second}},
		{v1alpha1.Utilization, Sampling{}},
		{v1alpha1.QueueVisible, Sampling{}},
		{v1alpha1.ReadyReplicas, Sampling{}},
		{v1alpha1.ArrivalsPerReplica, Sampling{}},
		{v1alpha1.LatencyP50, Sampling{Window: time.Second}},
		{v1alpha1.QueueOldestAge, Sampling{}},
		{v1alpha1.LatencyMean, Sampling{Window: 5 * time.Second, Lag: 65 * time.Second}},
	}
	require.NoError(t, Run(t.Context(), s, stepper(func(w *World) int32 {
		for _, a := range asked {
			_, v, ok := w.Read(a.q, a.s)
			if ok {
				got[a] = v
			}
		}
		return 4
	}), func(Step) {}))
	for i, want := range []float64{8, 8, 5, 1, 240, 4, 2, 30.5, 30, 0.5} {
		require.InDelta(t, want, got[asked[i]], 0.5, "%v", asked[i])
	}
}
