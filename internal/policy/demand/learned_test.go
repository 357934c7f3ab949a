package demand_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

var learning = demand.PerReplica{Signal: "s", Capacity: demand.Capacity{Latency: "l", Within: 0.3}}

func TestNothingIsKnownBeforeItIsLearned(t *testing.T) {
	w := policy.Workload{State: policy.WorkloadKnown, Ready: 4, Ordered: 4}
	p := propose(learning, map[string]float64{"s": 100, "l": 0.1}, w)
	require.Equal(t, policy.Doubtful, p.State)
	require.Equal(t, policy.ReasonLearning, p.Reason)
	require.Len(t, p.Terms, 1)
	require.Zero(t, p.Terms[0].Sure)
}

func TestAGuardNeverLowersWhatIsLearned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := map[string]float64{"s": rapid.Float64Range(0, 1000).Draw(t, "s"), "l": rapid.Float64Range(0.01, 1).Draw(t, "l")}
		ready := rapid.Int32Range(1, 50).Draw(t, "ready")
		in := policy.Input{View: viewOf(values), Workload: policy.Workload{State: policy.WorkloadKnown, Ready: ready, Ordered: ready}}
		with := learning
		with.Capacity.Start = rapid.Float64Range(1, 100).Draw(t, "start")
		settings := policy.Settings{Min: 1, Max: 100, Demands: []policy.NamedDemand{{Name: "web", Demand: with}}}
		var alone, both policy.Decision
		policy.New(settings).Decide(&in, &policy.State{}, &alone)
		settings.Demands = append(settings.Demands, policy.NamedDemand{Name: "guard", Demand: demand.Ratio{
			Signal: "l", Target: 0.3, Guard: true, Tolerance: 0.1, MaxAdd: 0.5, HoldFor: time.Minute,
		}})
		policy.New(settings).Decide(&in, &policy.State{}, &both)
		a, ok := alone.Desired.Replicas()
		b, known := both.Desired.Replicas()
		require.True(t, ok && known)
		require.GreaterOrEqual(t, b, a)
	})
}
