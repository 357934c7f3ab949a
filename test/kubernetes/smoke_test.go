//go:build e2e

package kubernetes_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/test/cluster"
)

// TestTwoReplicasAnswerAsOne: one polls, both answer the same, and when the first
// ends the second goes on.
func TestTwoReplicasAnswerAsOne(t *testing.T) {
	c := cluster.Start(t, cluster.Options{AggregatorRouting: true})
	require.NoError(t, c.Apply(t.Context(), []byte(namespaces+apiService)))
	var polls atomic.Int64
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		polls.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"length": 37}`))
	}))
	t.Cleanup(source.Close)
	s := settings{Documents: `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: shop}
spec: {http: {url: "` + source.URL + `"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals: [{name: backlog, provider: shop, kind: Total, interval: 2s, http: {path: /backlog, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
`}
	e := &endpoints{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); e.run(ctx, t, c, 200*time.Millisecond) }()
	t.Cleanup(func() { cancel(); <-ended })
	a := startReplica(t, c, "a", s)
	e.add(a)
	eventually(t, time.Minute, "a leads", func() bool { return a.leads(t.Context(), 0) })
	b := startReplica(t, c, "b", s)
	e.add(b)
	require.NoError(t, c.WaitAPIService(t.Context(), "v1beta1.external.metrics.k8s.io"))
	for _, r := range []*replica{a, b} {
		eventually(t, time.Minute, r.name+" knows", func() bool {
			_, body := r.get(t.Context(), "/api/v1/decisions/shop/orders")
			return strings.Contains(body, "\"desired\": {\n    \"replicas\": 4")
		})
	}
	got, err := metric(t.Context(), c, "shop", "orders")
	require.NoError(t, err)
	require.Contains(t, got, `"value":"4"`)
	require.False(t, b.leads(t.Context(), 0))
	a.terminate()
	<-a.done
	eventually(t, time.Minute, "b leads", func() bool { return b.leads(t.Context(), 0) })
	got, err = metric(t.Context(), c, "shop", "orders")
	require.NoError(t, err)
	require.Contains(t, got, `"value":"4"`)
}
