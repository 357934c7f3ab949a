package prometheus_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/prometheus"
	"github.com/scaler-dev/scaler/internal/testprom"
)

func historyOf(t *testing.T, url, query string) *prometheus.History {
	t.Helper()
	h, err := prometheus.NewHistory(v1alpha1.PrometheusProvider{URL: url}, v1alpha1.PrometheusSignal{Query: query}, 2500*time.Millisecond)
	require.NoError(t, err)
	t.Cleanup(h.Close)
	return h
}

func read(t *testing.T, h *prometheus.History, w signals.Window) ([]signals.Sample, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return h.Read(ctx, w, time.Second)
}

// TestHistory: what a target counted while it was there, and nothing of before and
// after, though its rate goes on.
func TestHistory(t *testing.T) {
	target := testprom.NewTarget(t, 1)
	server := testprom.Start(t, target)
	h := historyOf(t, server.URL, "sum(rate("+testprom.Counter+"[5s]))")
	began := time.Now().Truncate(time.Second)
	window := func() signals.Window {
		return signals.Window{From: began.Add(-10 * time.Second), To: time.Now().Truncate(time.Second)}
	}
	var got []signals.Sample
	require.Eventually(t, func() bool {
		target.Add(10)
		var err error
		got, err = read(t, h, window())
		require.NoError(t, err)
		return len(got) >= 5
	}, patience, beat)
	target.Stop()
	stopped := time.Now()
	require.Eventually(t, func() bool { return time.Since(stopped) > 5*time.Second }, patience, beat)
	got, err := read(t, h, window())
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(got), 5)
	for i, s := range got {
		require.False(t, s.At.Before(began.Add(-time.Second)))
		require.True(t, s.At.Before(stopped.Add(2500*time.Millisecond)), "held data are none")
		require.GreaterOrEqual(t, s.Value, 0.0)
		require.True(t, i == 0 || s.At.After(got[i-1].At))
	}
	require.Greater(t, got[len(got)/2].Value, 5.0)
}

func TestHistoryRefuses(t *testing.T) {
	matrix := func(result string) string {
		return `{"status":"success","data":{"resultType":"matrix","result":` + result + `}}`
	}
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"two series":    {200, matrix(`[{"metric":{"a":"1"},"values":[[1,"1"]]},{"metric":{"a":"2"},"values":[[1,"1"]]}]`), "gives 2 series; aggregate them"},
		"a vector":      {200, `{"status":"success","data":{"resultType":"vector","result":[]}}`, "parse"},
		"a warning":     {200, `{"status":"success","warnings":["some"],"data":{"resultType":"matrix","result":[]}}`, "partial"},
		"no JSON":       {200, "hello", "parse"},
		"a bad query":   {422, `{"status":"error","errorType":"execution"}`, "parse"},
		"out of order":  {503, "", "unavailable"},
		"an odd number": {200, matrix(`[{"metric":{},"values":[[1,"many"]]}]`), "parse"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			t.Cleanup(server.Close)
			_, err := read(t, historyOf(t, server.URL, "sum(rate(x[1m]))"), signals.Window{From: time.Unix(0, 0), To: time.Unix(60, 0)})
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), server.URL)
		})
	}
}

// TestHistoryHasGaps: what is not a number, or older than it may be, is not there.
func TestHistoryHasGaps(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		values := `[[1,"5"],[2,"NaN"],[3,"7"],[4,"+Inf"],[5,"9"],[6,"11"]]`
		if err := r.ParseForm(); err == nil && r.Form.Get("query") != "sum(rate(x[1m]))" {
			values = `[[1,"1"],[2,"2"],[3,"0.1"],[4,"4"],[5,"4"]]` // of 3 it is too old, of 6 it is not there
		}
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":` + values + `}]}}`))
	}))
	t.Cleanup(server.Close)
	got, err := read(t, historyOf(t, server.URL, "sum(rate(x[1m]))"), signals.Window{From: time.Unix(0, 0), To: time.Unix(6, 0)})
	require.NoError(t, err)
	require.Equal(t, []signals.Sample{{At: time.Unix(0, 0).UTC(), Value: 5}, {At: time.Unix(4, 0).UTC(), Value: 9}}, got)
}

func TestIsRate(t *testing.T) {
	for query, want := range map[string]bool{
		"sum(rate(x_total[1m]))":      true,
		"sum(irate(x_total[1m])) / 2": true,
		"sum(x)":                      false,
		"sum(increase(x_total[1m]))":  false,
		"histogram_quantile(0.9, sum by (le) (rate(x_bucket[1m])))": false,
		"rate(": false,
	} {
		require.Equal(t, want, prometheus.IsRate(query), query)
	}
}
