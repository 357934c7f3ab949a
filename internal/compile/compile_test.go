package compile

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func policyOf(name string, signals ...v1alpha1.Signal) *v1alpha1.ScalingPolicy {
	p := &v1alpha1.ScalingPolicy{Metadata: v1alpha1.ObjectMeta{Name: name, Namespace: "shop"}}
	p.Spec.Replicas = v1alpha1.ReplicaRange{Min: 1, Max: 9}
	p.Spec.Signals = signals
	for _, s := range signals {
		p.Spec.Demand = append(p.Spec.Demand, v1alpha1.Demand{
			Name: s.Name, DemandRule: v1alpha1.DemandRule{PerReplica: &v1alpha1.PerReplicaDemand{Signal: s.Name, Amount: 10}},
		})
	}
	p.Default()
	return p
}

func queue(name string, interval time.Duration, counts ...v1alpha1.SQSCount) v1alpha1.Signal {
	return v1alpha1.Signal{
		Name: name, Provider: "aws", Interval: v1alpha1.Duration{Duration: interval},
		SignalSource: v1alpha1.SignalSource{SQS: &v1alpha1.SQSSignal{Queue: "orders", Count: counts}},
	}
}

func TestWhatIsTheSameIsFetchedOnce(t *testing.T) {
	p, err := Compile([]*v1alpha1.ScalingPolicy{
		policyOf("a", queue("backlog", 30*time.Second, v1alpha1.CountVisible, v1alpha1.CountDelayed)),
		policyOf("b", queue("waiting", 10*time.Second, v1alpha1.CountDelayed, v1alpha1.CountVisible), queue("flying", 0, v1alpha1.CountNotVisible)),
	})
	require.NoError(t, err)
	require.Len(t, p.Subjects, 2)
	require.Equal(t, 10*time.Second, p.Subjects[0].Interval, "the shortest interval asked for")
	require.Equal(t, p.Spec.Policies[0].Signals[0].Subject, p.Spec.Policies[1].Signals[0].Subject)
	require.Equal(t, map[policy.ID]string{{Namespace: "shop", Name: "a"}: "a", {Namespace: "shop", Name: "b"}: "b"}, p.ExternalMetrics)
}

func TestWindow(t *testing.T) {
	office := v1alpha1.ScheduleDemand{Start: "0 8 * * 1-5", End: "0 18 * * 1-5", TimeZone: "Europe/Berlin"}
	night := v1alpha1.ScheduleDemand{Start: "0 22 * * *", End: "0 6 * * *"}
	tests := []struct {
		name     string
		schedule v1alpha1.ScheduleDemand
		at       string
		want     bool
	}{
		{"Monday at eight, in winter", office, "2026-01-05T07:00:00Z", true},
		{"a second before", office, "2026-01-05T06:59:59Z", false},
		{"at six it ends", office, "2026-01-05T17:00:00Z", false},
		{"an hour earlier in summer", office, "2026-07-06T06:00:00Z", true},
		{"Saturday", office, "2026-01-03T12:00:00Z", false},
		{"over midnight", night, "2026-01-05T03:00:00Z", true},
		{"at noon", night, "2026-01-05T12:00:00Z", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := windowOf(tt.schedule)
			require.NoError(t, err)
			at, err := time.Parse(time.RFC3339, tt.at)
			require.NoError(t, err)
			require.Equal(t, tt.want, w.Contains(at))
		})
	}
}

func TestEveryDemandCompiles(t *testing.T) {
	p := policyOf("a", queue("backlog", 0))
	guard := false
	p.Spec.Demand = append(p.Spec.Demand,
		v1alpha1.Demand{Name: "expression", DemandRule: v1alpha1.DemandRule{Expression: `signals["backlog"] / 5.0`}},
		v1alpha1.Demand{Name: "guard", DemandRule: v1alpha1.DemandRule{Ratio: &v1alpha1.RatioDemand{Signal: "backlog", Target: 1, MayLower: &guard}}},
		v1alpha1.Demand{Name: "night", DemandRule: v1alpha1.DemandRule{Schedule: &v1alpha1.ScheduleDemand{Start: "0 22 * * *", End: "0 6 * * *", Replicas: 2}}},
	)
	p.Spec.Combine = `proposals["backlog"] + proposals["expression"]`
	p.Default()
	program, err := Compile([]*v1alpha1.ScalingPolicy{p})
	require.NoError(t, err)
	require.Len(t, program.Spec.Policies, 1)

	p.Spec.Combine = `proposals["nobody"]`
	_, err = Compile([]*v1alpha1.ScalingPolicy{p})
	require.ErrorContains(t, err, "nobody")
}

func TestRequestsPerTargetAreOfOurCountWhereThereIsOne(t *testing.T) {
	alb := func(m v1alpha1.ALBMetric) v1alpha1.Signal {
		return v1alpha1.Signal{Name: "requests", Provider: "aws", SignalSource: v1alpha1.SignalSource{ALB: &v1alpha1.ALBSignal{
			LoadBalancer: "app/web/1", TargetGroup: "targetgroup/web/1", Metric: m,
		}}}
	}
	total, with, without := policyOf("total", alb(v1alpha1.RequestsPerSecond)), policyOf("with", alb(v1alpha1.RequestsPerTargetPerSecond)), policyOf("without", alb(v1alpha1.RequestsPerTargetPerSecond))
	with.Spec.Workload = &v1alpha1.Workload{Fixed: &v1alpha1.FixedWorkload{Replicas: 3}}
	p, err := Compile([]*v1alpha1.ScalingPolicy{total, with, without})
	require.NoError(t, err)
	require.Len(t, p.Subjects, 2, "the total is fetched once")
	signal := func(i int) engine.Signal { return p.Spec.Policies[i].Signals[0] }
	require.Equal(t, signal(0).Subject, signal(1).Subject)
	require.NotEqual(t, signal(0).Subject, signal(2).Subject)
	require.True(t, signal(1).Shared)
	require.False(t, signal(0).Shared || signal(2).Shared)
	require.Equal(t, signals.PerReplica, signal(1).Rules.Kind)
	require.Equal(t, v1alpha1.RequestsPerTargetPerSecond, with.Spec.Signals[0].ALB.Metric, "the document is left as it is")
}
