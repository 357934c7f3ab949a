package daemon_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func httpDocument(url string) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: shop}
spec: {http: {url: %q}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 0, max: 50}
  signals: [{name: backlog, provider: shop, kind: Total, interval: 1s, freshFor: 3s, holdFor: 5m, http: {path: /backlog, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  scaleOut: {limits: [{percent: 1000, period: 1s}, {replicas: 50, period: 1s}]}
  scaleIn: {stabilization: 0s, limits: [{percent: 100, period: 1s}]}
`, url)
}

// asJSON answers a body as JSON.
func asJSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

// bomb answers a gibibyte of zeros, gzipped.
func bomb(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	zeros := make([]byte, 64<<10)
	for range 16 << 10 {
		_, err := z.Write(zeros)
		// At once, so that a slow machine has it read before the call's time is over.
		if errors.Join(err, z.Flush(), http.NewResponseController(w).Flush(), r.Context().Err()) != nil {
			return
		}
	}
	_ = z.Close()
}

// TestBadInput feeds a running process what no source should send, each after
// good values of 37, and before good values that bring it back.
func TestBadInput(t *testing.T) {
	t.Parallel()
	var serve atomic.Pointer[http.HandlerFunc]
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*serve.Load())(w, r)
		served.Add(1)
	}))
	t.Cleanup(server.Close)
	use := func(h http.HandlerFunc) { serve.Store(&h) }
	use(asJSON(`{"length": 37}`))
	d := start(t, httpDocument(server.URL))
	d.becomes("orders", "4")

	cases := []struct {
		name   string
		answer http.HandlerFunc
		reason string
	}{
		{"NaN", asJSON(`{"length": NaN}`), "parse"},
		{"infinity", asJSON(`{"length": 1e400}`), "parse"},
		{"minus infinity", asJSON(`{"length": -Infinity}`), "parse"},
		{"negative", asJSON(`{"length": -1}`), "invalid"},
		{"a little negative", asJSON(`{"length": -0.0004}`), "invalid"},
		{"too large for the HPA", asJSON(`{"length": 1e16}`), "invalid"},
		{"empty body", asJSON(``), "parse"},
		{"HTML with status 200", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>maintenance</html>")
		}, "parse"},
		{"a bomb", bomb, "parse"},
		{"ten million elements", asJSON(`{"length": [` + strings.Repeat("1,", 10_000_000) + `1]}`), "parse"},
		{"text", asJSON(`{"length": "0"}`), "parse"},
		{"null", asJSON(`{"length": null}`), "absent"},
		{"half", asJSON(`{"length": 3`), "parse"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, "unavailable"},
		{"503", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "unavailable"},
		{"429", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, "throttled"},
		{"401", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, "auth"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var before, during runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			use(c.answer)
			t.Cleanup(func() { use(asJSON(`{"length": 37}`)) })
			require.Eventually(t, func() bool {
				require.Equal(t, "4", d.metric("shop", "orders").value, "replicas unmoved")
				runtime.ReadMemStats(&during)
				return reasonNow(d) == c.reason
			}, patience, 50*time.Millisecond, "reason %s", c.reason)
			require.Less(t, int64(during.HeapInuse)-int64(before.HeapInuse), int64(128<<20), "memory bounded")
			use(asJSON(`{"length": 37}`))
			require.Eventually(t, func() bool {
				return reasonNow(d) == "" && d.metric("shop", "orders").value == "4"
			}, patience, 50*time.Millisecond, "and back")
		})
	}

	t.Run("a value too small to be served", func(t *testing.T) {
		use(asJSON(`{"length": 4e-4}`))
		d.fails("orders.backlog", "out_of_range") // and never rounded to 0 or up to 0.001
		d.becomes("orders", "1")
	})
	require.Positive(t, served.Load())
}

// reasonNow is the reason of the one signal's latest outcome.
func reasonNow(d *daemon) string { return string(d.urls.Status().Decisions[0].Signals[0].Reason) }
