package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// application serves a page on which a counter grows by so many a second.
func application(t *testing.T, perSecond float64) string {
	t.Helper()
	began := time.Now()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprintf(w, "http_requests_total{handler=\"/api\"} %f\nhttp_requests_total{handler=\"/healthz\"} 1e9\n", 7e6+perSecond*time.Since(began).Seconds())
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func sidecarDocument(application, aws string) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: application}
spec: {http: {url: %q}}
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: web, namespace: shop}
spec:
  signals:
    - {name: requests, provider: application, interval: 2s, freshFor: 10s, kind: PerReplica,
       scrape: {metric: http_requests_total, labels: {handler: /api}, rate: true}}
  publish:
    cloudWatch: {provider: aws, period: 10s, signals: [requests]}
`, application, aws)
}

// TestSidecars: two tasks publish what each of them serves, and CloudWatch's Average
// is the load of a task. Nothing else is published, and nothing is wrong with it.
func TestSidecars(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t)
	first := start(t, sidecarDocument(application(t, 100), m.URL))
	start(t, sidecarDocument(application(t, 300), m.URL))

	type point struct{ Average, SampleCount float64 }
	from := time.Now().UTC().Add(-time.Minute)
	require.Eventually(t, func() bool {
		out := m.CLI(t, "cloudwatch", "get-metric-statistics", "--namespace", "Scaler", "--metric-name", "requests",
			"--dimensions", "Name=Namespace,Value=shop", "Name=Policy,Value=web", "--statistics", "Average", "SampleCount",
			"--period", "10", "--start-time", from.Format(time.RFC3339), "--end-time", time.Now().UTC().Add(time.Minute).Format(time.RFC3339))
		var got struct{ Datapoints []point }
		require.NoError(t, json.Unmarshal([]byte(out), &got))
		for _, p := range got.Datapoints {
			if p.SampleCount == 2 {
				require.InDelta(t, 200, p.Average, 20)
				return true
			}
		}
		return false
	}, patience, time.Second, "the average of two tasks")

	for _, metric := range []string{"DesiredReplicas", "Utilization", "SignalAgeSeconds"} {
		require.NotContains(t, m.CLI(t, "cloudwatch", "list-metrics", "--namespace", "Scaler"), metric)
	}
	code, health := first.get("/health?strict")
	require.Equal(t, http.StatusOK, code, health)
	require.Contains(t, health, `"state": "relay"`)
	require.Equal(t, http.StatusNotFound, first.metric("shop", "web").code, "there is no decision to serve")
}
