package prometheus_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/prometheus"
	"github.com/scaler-dev/scaler/internal/testprom"
)

const (
	patience = 15 * time.Second
	beat     = 250 * time.Millisecond
)

// poll reads a query now, as the runner does.
func poll(t *testing.T, s signals.Source) (signals.Outcome, time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	now := time.Now()
	outcomes, err := s.Fetch(ctx, signals.Window{To: now})
	require.NoError(t, err)
	require.Len(t, outcomes, 1)
	return outcomes[0], now
}

func sourcesOf(t *testing.T, server *testprom.Server, queries ...string) []signals.Source {
	t.Helper()
	asked := make([]prometheus.Query, 0, len(queries))
	for _, q := range queries {
		asked = append(asked, prometheus.Query{
			Subject: signals.Subject{Provider: "prom", Query: q},
			Spec:    v1alpha1.PrometheusSignal{Query: q},
		})
	}
	sources, err := prometheus.New(v1alpha1.PrometheusProvider{URL: server.URL}, asked)
	require.NoError(t, err)
	return sources
}

func known(o signals.Outcome) bool { return o.Err == nil }

func absent(answered bool) func(signals.Outcome) bool {
	return func(o signals.Outcome) bool {
		return o.Err != nil && o.Err.Reason == signals.Absent && o.Err.Answered == answered
	}
}

// requireSoon polls until the outcome is as wanted, and gives it.
func requireSoon(t *testing.T, s signals.Source, want func(signals.Outcome) bool) (last signals.Outcome, at time.Time) {
	t.Helper()
	require.Eventually(t, func() bool {
		last, at = poll(t, s)
		return want(last)
	}, patience, beat, "of %s", s.Subjects()[0])
	return last, at
}

func TestRealServer(t *testing.T) {
	target := testprom.NewTarget(t, 37)
	server := testprom.Start(t, target)
	const (
		bare     = `sum(` + testprom.Gauge + `)`
		rate     = `sum(rate(` + testprom.Counter + `[30s]))`
		latency  = `histogram_quantile(0.95, sum by (le) (rate(` + testprom.Histogram + `_bucket[30s])))`
		fallback = `sum(` + testprom.Gauge + `) or vector(0)`
		both     = rate + ` + ` + bare
		missing  = bare + ` + sum(test_missing)`
	)
	sources := sourcesOf(t, server, bare, rate, latency, fallback, both, missing)

	o, at := requireSoon(t, sources[0], known)
	require.InDelta(t, 37, o.Samples[0].Value, 0)
	requireTrueAge(t, o.Samples[0].At, at)
	again, _ := poll(t, sources[0])
	if step := again.Samples[0].At.Sub(o.Samples[0].At); step != 0 {
		require.InDelta(t, testprom.ScrapeInterval, step, float64(testprom.ScrapeInterval)/2)
	}

	o, at = requireSoon(t, sources[1], func(o signals.Outcome) bool {
		target.Add(100)
		return known(o) && o.Samples[0].Value > 0
	})
	requireTrueAge(t, o.Samples[0].At, at)

	o, at = requireSoon(t, sources[4], known)
	require.Greater(t, o.Samples[0].Value, 37.0)
	requireTrueAge(t, o.Samples[0].At, at)

	requireSoon(t, sources[2], absent(true)) // no traffic, no latency
	requireSoon(t, sources[3], known)
	requireSoon(t, sources[5], absent(false))

	target.Stop()
	for _, source := range sources { // the rate still has most of its window, and "or vector(0)" answers 0
		requireSoon(t, source, absent(false))
	}

	target.Restart(t)
	requireSoon(t, sources[0], known)

	server.Stop()
	_, err := sources[0].Fetch(t.Context(), signals.Window{To: time.Now()})
	var failed *signals.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, signals.Unavailable, failed.Reason)
}

// requireTrueAge says that an instant is a scrape's, not the evaluation's.
func requireTrueAge(t *testing.T, at, evaluated time.Time) {
	t.Helper()
	require.False(t, at.After(evaluated))
	require.Less(t, evaluated.Sub(at), 3*testprom.ScrapeInterval)
}
