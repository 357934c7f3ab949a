package daemon_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testprom"
)

func promDocument(url string) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: prom}
spec: {prometheus: {url: %[1]q}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: bare, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals:
    - {name: value, provider: prom, kind: Total, interval: 1s, freshFor: 5s, holdFor: 12s, prometheus: {query: %[2]s}}
  demand: [{name: drain, perReplica: {signal: value, amount: 10}}]
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: rate, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals:
    - {name: value, provider: prom, kind: Total, interval: 1s, freshFor: 5s, holdFor: 12s, prometheus: {query: "sum(rate(%[3]s[10s]))"}}
  demand: [{name: drain, perReplica: {signal: value, amount: 10}}]
  scaleIn: {stabilization: 0s}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: guarded, namespace: shop}
spec:
  workload: {fixed: {replicas: 4}}
  replicas: {min: 1, max: 50}
  signals:
    - {name: value, provider: prom, kind: Total, interval: 1s, freshFor: 5s, prometheus: {query: %[2]s}}
    - {name: p95, provider: prom, kind: PerReplica, interval: 1s, freshFor: 5s,
       prometheus: {query: "histogram_quantile(0.95, sum by (le) (rate(%[4]s_bucket[5s])))"}}
  demand:
    - {name: drain, perReplica: {signal: value, amount: 10}}
    - {name: latency, ratio: {signal: p95, target: 250ms, mayLower: false}}
  scaleIn: {stabilization: 0s, limits: [{percent: 100, period: 1s}]}
`, url, testprom.Gauge, testprom.Counter, testprom.Histogram)
}

func TestPrometheus(t *testing.T) {
	t.Parallel()
	target := testprom.NewTarget(t, 42)
	server := testprom.Start(t, target)
	feeding := make(chan struct{})
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		for {
			select {
			case <-feeding:
				return
			case <-time.After(100 * time.Millisecond):
				target.Add(7) // 70 a second
			}
		}
	}()
	d := start(t, promDocument(server.URL))

	require.Equal(t, "42", d.becomes("bare.value", "42").value)
	d.becomes("bare", "5")
	d.until("rate", "is a good number", func(a answer) bool { return a.replicas() >= 5 })

	// No traffic, no latency: the guard abstains and blocks nothing, not even the way in.
	d.becomes("guarded", "5")
	require.Equal(t, http.StatusServiceUnavailable, d.metric("shop", "guarded.p95").code)
	target.Set(12)
	d.becomes("guarded", "2")
	target.Set(42)
	d.becomes("guarded", "5")

	close(feeding)
	<-fed
	rate := d.metric("shop", "rate").replicas()
	require.Positive(t, rate)
	target.Stop()

	// Both go Fresh, Stale by their true age, then Absent; the rate, which goes on
	// answering and falling, never lowers.
	seen := map[string][]string{}
	require.Eventually(t, func() bool {
		for _, p := range []string{"bare", "rate"} {
			s := d.state("shop/"+p, "value")
			if n := len(seen[p]); n == 0 || seen[p][n-1] != s {
				seen[p] = append(seen[p], s)
			}
		}
		if a := d.metric("shop", "rate"); a.code == http.StatusOK {
			require.GreaterOrEqual(t, a.replicas(), rate, "never lower")
		}
		last := func(p string) string { return seen[p][len(seen[p])-1] }
		return last("bare") == "Absent" && last("rate") == "Absent"
	}, patience, 200*time.Millisecond)
	d.fails("bare", "absent")
	d.fails("rate", "absent")
	require.Equal(t, []string{"Fresh", "Stale", "Absent"}, seen["bare"])
	require.Equal(t, []string{"Fresh", "Stale", "Absent"}, seen["rate"])
	require.Equal(t, http.StatusServiceUnavailable, d.metric("shop", "rate.value").code, "no number")
}
