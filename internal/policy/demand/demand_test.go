package demand_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/expr"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/signals"
)

var rules = signals.Rules{Kind: signals.Total, FreshFor: time.Minute, HoldFor: 10 * time.Minute, Max: signals.MaxValue}

// viewOf is what is known after three polls of each value; NaN is a failed one.
func viewOf(values map[string]float64) signals.View {
	now := signals.Instant{Wall: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Mono: time.Hour}
	var names []string
	var seen []signals.Observation
	for name, v := range values {
		ring := signals.NewRing(15 * time.Second)
		for i := range 3 {
			at := now
			at.Mono -= time.Duration(2-i) * 15 * time.Second
			o := signals.Outcome{At: at, Samples: []signals.Sample{{Value: v}}}
			if math.IsNaN(v) {
				o.Samples, o.Err = nil, &signals.Error{Reason: signals.Timeout}
			}
			ring.Add(o)
		}
		names, seen = append(names, name), append(seen, ring.Observe(now, rules))
	}
	return signals.NewView(now, names, seen)
}

func propose(d policy.Demand, values map[string]float64, w policy.Workload) policy.Proposal {
	p, _ := d.Propose(&policy.Input{View: viewOf(values), Workload: w}, policy.DemandState{})
	return p
}

func TestPerReplica(t *testing.T) {
	tests := []struct {
		value, amount float64
		want          int32
	}{
		{0, 10, 0},
		{37, 10, 4},
		{40, 10, 4},
		{40.0000000001, 10, 4}, // below what arithmetic can tell
		{7 * 0.28, 0.07, 28},   // 28.000000000000004
		{9.2e15, 1, math.MaxInt32},
	}
	for _, tt := range tests {
		p := propose(demand.PerReplica{Signal: "s", Amount: tt.amount}, map[string]float64{"s": tt.value}, policy.Workload{})
		require.Equal(t, policy.Proposed, p.State)
		require.Equal(t, tt.want, p.Replicas, "%v ÷ %v", tt.value, tt.amount)
		require.True(t, p.MayLower)
	}
}

func TestASignalWithoutANumberIsADoubt(t *testing.T) {
	e, err := expr.CompileNumbers(`signals["s"] + signals["t"]`, "signals", []string{"s", "t"})
	require.NoError(t, err)
	values := map[string]float64{"s": math.NaN(), "t": 3}
	for _, d := range []policy.Demand{
		demand.PerReplica{Signal: "s", Amount: 1}, demand.Ratio{Signal: "s", Target: 1}, demand.Expression{Expr: e},
	} {
		p := propose(d, values, policy.Workload{State: policy.WorkloadKnown, Ready: 4})
		require.Equal(t, policy.Doubtful, p.State)
		require.Equal(t, policy.Reason("timeout"), p.Reason)
		require.Zero(t, p.Replicas)
	}
}

func TestRatio(t *testing.T) {
	tests := []struct {
		name  string
		value float64
		ready int32
		want  int32
	}{
		{"25 × 0.28 ÷ 0.25 is 28 and no more", 0.28, 25, 28},
		{"at the target", 0.25, 10, 10},
		{"within a tenth above", 0.275, 10, 10},
		{"within a tenth below", 0.226, 10, 10},
		{"above", 0.5, 10, 20},
		{"below", 0.125, 10, 5},
		{"idle", 0, 10, 0},
		{"nothing ready", 0.5, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := propose(demand.Ratio{Signal: "s", Target: 0.25, Tolerance: 0.1}, map[string]float64{"s": tt.value},
				policy.Workload{State: policy.WorkloadKnown, Ready: tt.ready, Ordered: tt.ready})
			require.Equal(t, policy.Proposed, p.State)
			require.Equal(t, tt.want, p.Replicas)
		})
	}
	t.Run("by the replicas that were ready when the sample was true", func(t *testing.T) {
		p := propose(demand.Ratio{Signal: "s", Target: 1}, map[string]float64{"s": 2}, policy.Workload{
			State: policy.WorkloadKnown, Ready: 40,
			Past: []policy.PastReady{{Since: 0, Ready: 10}, {Since: time.Hour + time.Second, Ready: 40}},
		})
		require.EqualValues(t, 20, p.Replicas)
	})
}

type always bool

func (a always) Contains(time.Time) bool { return bool(a) }

func TestScheduleAddsOrAbstains(t *testing.T) {
	in := propose(demand.Schedule{Window: always(true), Replicas: 7}, nil, policy.Workload{})
	require.Equal(t, policy.Proposed, in.State)
	require.EqualValues(t, 7, in.Replicas)
	require.Equal(t, policy.Abstained, propose(demand.Schedule{Window: always(false), Replicas: 7}, nil, policy.Workload{}).State)
}

type result struct {
	v   float64
	err error
}

func (result) Names() []string                   { return nil }
func (r result) Eval([]float64) (float64, error) { return r.v, r.err }

func TestAnExpressionThatGivesNoNumberOfReplicas(t *testing.T) {
	for _, r := range []result{{v: math.NaN()}, {v: math.Inf(1)}, {v: -0.5}, {err: errors.New("cost")}} {
		p := propose(demand.Expression{Expr: r}, nil, policy.Workload{})
		require.Equal(t, policy.Doubtful, p.State)
		require.Equal(t, policy.ReasonNotComputed, p.Reason)
	}
}

func TestMoreLoadIsNeverFewerReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		less := rapid.Float64Range(0, 1e9).Draw(t, "less")
		more := less + rapid.Float64Range(0, 1e9).Draw(t, "added")
		amount := rapid.Float64Range(0.001, 1e6).Draw(t, "amount")
		ready := rapid.Int32Range(0, 1000).Draw(t, "ready")
		w := policy.Workload{State: policy.WorkloadKnown, Ready: ready, Ordered: ready}
		for _, d := range []policy.Demand{
			demand.PerReplica{Signal: "s", Amount: amount},
			demand.Ratio{Signal: "s", Target: amount, Tolerance: 0.1},
		} {
			a := propose(d, map[string]float64{"s": less}, w)
			b := propose(d, map[string]float64{"s": more}, w)
			require.LessOrEqual(t, a.Replicas, b.Replicas)
		}
	})
}
