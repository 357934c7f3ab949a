package prometheus_test

import (
	"sync"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/prometheus"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

var (
	orders = policy.ID{Namespace: "shop", Name: "orders-worker"}
	bill   = policy.ID{Namespace: "shop", Name: "bill"}
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// names are all there are: TestMetrics compares with what is gathered.
var names = []string{
	"scaler_decision_age_seconds", "scaler_decision_changes_total", "scaler_decision_desired", "scaler_decision_known",
	"scaler_proposal_replicas", "scaler_signal_age_seconds", "scaler_signal_state", "scaler_signal_value",
}

func at(mono time.Duration) signals.Instant {
	return signals.Instant{Wall: noon.Add(mono), Mono: mono}
}

func desired(id policy.ID, d policy.Desired) policy.Decision {
	return policy.Decision{Policy: id, At: at(0), Desired: d, DataAt: noon, Expires: time.Hour}
}

func decisions() []policy.Decision {
	backlog, nan := 37.0, 0.25
	return []policy.Decision{{
		Policy: orders, At: at(100 * time.Second), Desired: policy.Replicas(4), DataAt: noon, Expires: 130 * time.Second,
		Signals: []policy.Reading{
			{Name: "backlog", State: signals.StateFresh, Value: &backlog, Age: 3 * time.Second, At: noon, Expires: 130 * time.Second},
			{Name: "p95", State: signals.StateStale, Age: 70 * time.Second},
			{Name: "requests", State: signals.StateAbsent, Reason: signals.NotPolled},
			{Name: "short", State: signals.StateStale, Value: &nan, Age: 9 * time.Second, At: noon, Expires: 105 * time.Second},
		},
		Proposals: []policy.Proposal{
			{Demand: "drain", State: policy.Proposed, Replicas: 4, DataAt: noon, Expires: 130 * time.Second},
			{Demand: "floor", State: policy.Proposed, Replicas: 2},
			{Demand: "latency", State: policy.Doubtful, Reason: "stale"},
			{Demand: "night", State: policy.Abstained, Reason: policy.ReasonOutside},
			{Demand: "short", State: policy.Proposed, Replicas: 1, DataAt: noon, Expires: 105 * time.Second},
		},
	}, {
		Policy: bill, At: at(100 * time.Second), Desired: policy.Unknown("missing"), DataAt: noon, Expires: 200 * time.Second,
		Signals: []policy.Reading{{Name: "backlog", State: signals.StateMissing, Reason: signals.Missing}},
	}}
}

func TestMetrics(t *testing.T) {
	for _, c := range []struct {
		name string
		now  time.Duration
	}{
		{"known", 102 * time.Second},
		{"short-expired", 105 * time.Second},
		{"all-expired", 130 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink := prometheus.New(func() time.Duration { return c.now })
			require.NoError(t, sink.Publish(t.Context(), decisions()))
			registry := client.NewPedanticRegistry()
			require.NoError(t, registry.Register(sink))
			problems, err := testutil.GatherAndLint(registry)
			require.NoError(t, err)
			require.Empty(t, problems)
			families, err := registry.Gather()
			require.NoError(t, err)
			for _, f := range families {
				require.Contains(t, names, f.GetName())
			}

			got, err := testutil.CollectAndFormat(sink, expfmt.TypeTextPlain, names...)
			require.NoError(t, err)
			testgolden.Equal(t, "testdata/"+c.name+".prom", string(got))
		})
	}
}

func TestNothingPublished(t *testing.T) {
	sink := prometheus.New(func() time.Duration { return 0 })
	require.Zero(t, testutil.CollectAndCount(sink))
	require.NoError(t, client.NewPedanticRegistry().Register(sink))
}

func TestChanges(t *testing.T) {
	sink := prometheus.New(func() time.Duration { return 0 })
	count := func(want string) {
		t.Helper()
		got, err := testutil.CollectAndFormat(sink, expfmt.TypeTextPlain, "scaler_decision_changes_total")
		require.NoError(t, err)
		const head = "# HELP scaler_decision_changes_total How often the desired replicas changed, from one known number to another.\n" +
			"# TYPE scaler_decision_changes_total counter\n"
		require.Equal(t, head+want, string(got))
	}
	for _, d := range []policy.Desired{
		policy.Unknown("missing"), policy.Replicas(4), policy.Replicas(4), policy.Replicas(7),
		policy.Unknown("missing"), policy.Replicas(7), policy.Replicas(2), policy.Unknown("missing"), policy.Replicas(3),
	} {
		require.NoError(t, sink.Publish(t.Context(), []policy.Decision{desired(orders, d)}))
	}
	count(`scaler_decision_changes_total{direction="down",namespace="shop",policy="orders-worker"} 1
scaler_decision_changes_total{direction="up",namespace="shop",policy="orders-worker"} 2
`)
	// A policy that goes takes its counts with it, also when another comes for it.
	require.NoError(t, sink.Publish(t.Context(), []policy.Decision{desired(bill, policy.Replicas(1))}))
	require.NoError(t, sink.Publish(t.Context(), []policy.Decision{desired(orders, policy.Replicas(1))}))
	count(`scaler_decision_changes_total{direction="down",namespace="shop",policy="orders-worker"} 0
scaler_decision_changes_total{direction="up",namespace="shop",policy="orders-worker"} 0
`)
}

func TestScrapeWhilePublishing(t *testing.T) {
	sink := prometheus.New(func() time.Duration { return 101 * time.Second })
	registry := client.NewPedanticRegistry()
	require.NoError(t, registry.Register(sink))
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 200 {
			if err := sink.Publish(t.Context(), decisions()); err != nil {
				t.Error(err)
			}
		}
	})
	for range 20 {
		_, err := registry.Gather()
		require.NoError(t, err)
	}
	wg.Wait()
}

// TestARelayIsNotUnknown: alerts on scaler_decision_known mean trouble.
func TestARelayIsNotUnknown(t *testing.T) {
	sink := prometheus.New(func() time.Duration { return 0 })
	require.NoError(t, sink.Publish(t.Context(), []policy.Decision{
		desired(orders, policy.Unknown(policy.ReasonRelay)), desired(bill, policy.Unknown(policy.ReasonMissing)),
	}))
	require.Equal(t, 1, testutil.CollectAndCount(sink, "scaler_decision_known"))
	require.Equal(t, 2, testutil.CollectAndCount(sink, "scaler_decision_age_seconds"))
}
