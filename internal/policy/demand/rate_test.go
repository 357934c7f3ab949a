package demand_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

func rate(fixed float64) demand.Rate {
	return demand.Rate{
		Signal: "s", Known: demand.Learned{Capacity: demand.Capacity{Fixed: 150}, StartUp: time.Minute},
		Rule: estimate.RateRule{MarginRule: estimate.MarginRule{Budget: 0.001, Cap: 2}, Fixed: fixed},
	}
}

func TestRate(t *testing.T) {
	tests := []struct {
		name         string
		fixed, value float64
		want         int32
	}{
		{"nothing", 1.2, 0, 0},
		{"a margin above the level", 1.2, 1500, 12},
		{"rounded up", 1.2, 1501, 13},
		{"before anything is learned", 0, 1500, 16},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := propose(rate(tt.fixed), map[string]float64{"s": tt.value}, policy.Workload{})
			require.Equal(t, policy.Proposed, p.State)
			require.Equal(t, tt.want, p.Replicas)
			require.True(t, p.MayLower)
			require.Equal(t, "level", p.Terms[0].Name)
		})
	}
}

func TestARateThatIsUnknownKeepsWhatItLearned(t *testing.T) {
	r := rate(0)
	_, st := r.Propose(&policy.Input{View: viewOf(map[string]float64{"s": 100})}, policy.DemandState{})
	p, after := r.Propose(&policy.Input{View: viewOf(map[string]float64{"s": math.NaN()})}, st)
	require.Equal(t, policy.Doubtful, p.State)
	require.Equal(t, st, after)
}

func TestTheSameSampleIsTakenOnce(t *testing.T) {
	r := rate(0)
	in := &policy.Input{View: viewOf(map[string]float64{"s": 1000})}
	first, st := r.Propose(in, policy.DemandState{})
	samples := len(st.Rate.Level.Samples)
	again, st := r.Propose(in, st)
	require.Equal(t, first, again)
	require.Len(t, st.Rate.Level.Samples, samples)
}

func TestMoreRequestsAreNeverFewerReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		less := rapid.Float64Range(0, 1e9).Draw(t, "less")
		more := less + rapid.Float64Range(0, 1e9).Draw(t, "added")
		fixed := rapid.SampledFrom([]float64{0, 1, 1.3}).Draw(t, "margin")
		a := propose(rate(fixed), map[string]float64{"s": less}, policy.Workload{})
		b := propose(rate(fixed), map[string]float64{"s": more}, policy.Workload{})
		require.LessOrEqual(t, a.Replicas, b.Replicas)
	})
}
