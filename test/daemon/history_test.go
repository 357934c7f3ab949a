package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

const seasonalDocument = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: app}
spec: {http: {url: %q}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: web, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals:
    - {name: orders, provider: aws, kind: Total, interval: 5s, cloudWatch: {namespace: Past, metric: Orders, statistic: Average}}
    - {name: rate, provider: app, kind: Total, interval: 5s, http: {path: /metrics, value: body.rate}}
  demand:
    - {name: known, auto: {requests: {signal: orders, perReplica: 10, startUp: 60s}}}
    - {name: unknown, seasonal: {signal: rate, perReplica: 10}}
`

// TestTheLastDaysAreReadBackAtTheStart begins with nothing saved, on a CloudWatch that
// has thirty hours of a metric, beside a source that has no past.
func TestTheLastDaysAreReadBackAtTheStart(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t)
	type datum struct {
		MetricName string
		Timestamp  string
		Value      float64
	}
	var data []datum
	now := time.Now().UTC().Truncate(time.Minute)
	for at := now.Add(-30 * time.Hour); at.Before(now); at = at.Add(2 * time.Minute) {
		data = append(data, datum{"Orders", at.Format(time.RFC3339), 200})
	}
	raw, err := json.Marshal(data)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "data.json")
	require.NoError(t, os.WriteFile(file, raw, 0o600))
	m.CLI(t, "cloudwatch", "put-metric-data", "--namespace", "Past", "--metric-data", "file://"+file)

	d := start(t, fmt.Sprintf(seasonalDocument, m.URL, "http://127.0.0.1:1"))
	var health struct {
		Recalls []struct {
			Provider, State string
			Hours           float64
		}
	}
	require.Eventually(t, func() bool {
		_, text := d.get("/health")
		require.NoError(t, json.Unmarshal([]byte(text), &health))
		return len(health.Recalls) == 2 && !strings.Contains(text, `"waiting"`)
	}, patience, 100*time.Millisecond)
	for _, r := range health.Recalls {
		switch r.Provider {
		case "aws":
			require.Equal(t, "read", r.State)
			require.Greater(t, r.Hours, 24.0)
		default:
			require.Equal(t, "none", r.State, "the source only answers for now")
		}
	}
	require.Eventually(t, func() bool {
		code, text := d.get("/api/v1/decisions/shop/web")
		return code == http.StatusOK && strings.Contains(text, "read back from the provider") && strings.Contains(text, `"usual"`)
	}, patience, 100*time.Millisecond, "the floor of the days before is there at once")
}
