package advise

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trace"
)

const step = 15 * time.Second

func shape() trace.Shape {
	return trace.Shape{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Step: step, Length: 3 * 24 * time.Hour, Mean: 1000, Swing: 0.6, Noise: 0.01, Seed: 1}
}

func askOf(s trace.Shape) Ask {
	a := Ask{Name: "test", Trace: trace.Generate(s), Within: time.Second, Budget: 0.001}
	a.Plant = v1alpha1.ReplayPlant{Capacity: 100}
	a.Plant.ServiceTime.Duration, a.Plant.StartUp.Median.Duration = 100*time.Millisecond, time.Minute
	a.Plant.Actuator, a.Plant.Step.Duration = v1alpha1.ActuatorDirect, step
	return a
}

func TestSmoothTrafficHasAnAnswer(t *testing.T) {
	a, err := New(t.Context(), askOf(shape()))
	require.NoError(t, err)
	best, ok := a.Best()
	require.True(t, ok)
	require.Empty(t, a.Remedies)
	require.Equal(t, "hpa", a.Today.Name)
	require.Less(t, best.Scores.Hours, a.Today.Scores.Hours)
	require.GreaterOrEqual(t, best.Scores.Hours, a.Oracle)
	require.True(t, slices.IsSortedFunc(a.Tried, better))
	text := a.Text()
	require.Contains(t, text, "Use "+best.Name)
	require.Contains(t, text, "late: 0.1%}")
	require.Contains(t, text, "second weekend")
}

// TestSpikesHaveNone: they are over before a replica has started.
func TestSpikesHaveNone(t *testing.T) {
	s := shape()
	s.Length, s.CrowdAt, s.CrowdBy, s.Rise, s.Hold = 6*time.Hour, 3*time.Hour, 30, step, 2*time.Minute
	a, err := New(t.Context(), askOf(s))
	require.NoError(t, err)
	_, ok := a.Best()
	require.False(t, ok)
	require.Greater(t, a.Sureness.Sudden, 0.05)
	require.NotEmpty(t, a.Remedies)
	for _, r := range a.Remedies {
		require.LessOrEqual(t, r.Scores.Late, a.Budget)
	}
	text := a.Text()
	require.Contains(t, text, "A policy alone is not the answer here.")
	require.Contains(t, text, "time to wait")
	require.Contains(t, text, "Not sure")
	require.Contains(t, text, "is sudden")
	require.NotContains(t, text, "kind: ScalingPolicy")
}

func TestAQueueIsAskedForAStartInTime(t *testing.T) {
	ask := askOf(shape())
	ask.Queue, ask.Within = true, 2*time.Minute
	ask.Trace = trace.Generate(trace.Shape{Start: shape().Start, Step: step, Length: 12 * time.Hour, Mean: 500, Swing: 0.5, Noise: 0.1, Seed: 1})
	a, err := New(t.Context(), ask)
	require.NoError(t, err)
	best, ok := a.Best()
	require.True(t, ok)
	require.Equal(t, "keda", a.Today.Name)
	require.Contains(t, best.Document, "sqs: {queue: orders}")
}

// TestWhatKeepsItAndIsCheaperStays: advice to change must be worth it.
func TestWhatKeepsItAndIsCheaperStays(t *testing.T) {
	a := &Advice{Tried: []Candidate{{Name: "auto", Keeps: true}}, Today: Candidate{Name: "shop/web", Keeps: true}}
	a.Tried[0].Scores.Hours, a.Today.Scores.Hours = 100, 90
	require.Contains(t, a.Text(), "shop/web keeps the budget too, and is no dearer: there is no need to change.")
	a.Today.Scores.Hours = 110
	require.NotContains(t, a.Text(), "no need to change")
}

// TestWhatAloneKeepsItStays: where no policy of ours keeps the budget and today's does,
// the advice says so, and looks for no remedies.
func TestWhatAloneKeepsItStays(t *testing.T) {
	a := &Advice{Budget: 0.001, Tried: []Candidate{{Name: "auto"}}, Today: Candidate{Name: "hpa", Keeps: true}}
	a.Tried[0].Scores.Late = 0.001002
	text := a.Text()
	require.Contains(t, text, "Stay with hpa: it keeps the budget, and none of Scaler's policies does: the least late is auto, with just over 0.1 %.")
	require.NotContains(t, text, "No policy keeps the budget")
}

func TestGapsAreNotSudden(t *testing.T) {
	ask := askOf(shape())
	loads := ask.Trace.Loads()
	require.Zero(t, sureness(ask).Sudden)
	require.InDelta(t, 3, sureness(ask).Days, 1e-9)
	require.Zero(t, sureness(ask).Gaps)
	require.Len(t, loads, int(3*24*time.Hour/step))
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{time.Minute: "1m", 90 * time.Second: "1m30s", 2 * time.Hour: "2h", 100 * time.Millisecond: "100ms"} {
		require.Equal(t, want, short(d))
	}
}
