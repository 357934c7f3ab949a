//go:build e2e

package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/test/cluster"
)

const (
	enough = 4 // replicas that the backlog asks for
	fewer  = 2
)

// troubledDocuments are a policy whose Deployment is followed by an HPA. Nothing but
// what is served keeps replicas from following a fall within seconds.
const troubledDocuments = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: shop}
spec: {http: {url: "%s/${env:REPLICA}"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  workload: {deployment: {name: orders}}
  replicas: {min: 1, max: 20}
  signals: [{name: backlog, provider: shop, kind: Total, interval: 1s, freshFor: 20s, holdFor: 2m, http: {path: /orders, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  scaleIn: {stabilization: %s, limits: [{replicas: 20, period: 15s}]}
`

// troubled is a cluster with two replicas of Scaler, an HPA, and what is seen of them.
type troubled struct {
	t       *testing.T
	c       *cluster.Cluster
	source  *countingSource
	e       *endpoints
	lookout *lookout
}

// startTroubled starts all but the Deployment and the replicas of Scaler.
func startTroubled(t *testing.T, stabilization string) (*troubled, string) {
	t.Helper()
	c := cluster.Start(t, cluster.Options{AggregatorRouting: true, HPASyncPeriod: 2 * time.Second})
	require.NoError(t, c.Apply(t.Context(), []byte(namespaces+reader+apiService)))
	w := &troubled{t: t, c: c, e: &endpoints{}}
	w.source = newCountingSource(t, func(string) int { return 10 * enough })
	documents := fmt.Sprintf(troubledDocuments, w.source.URL, stabilization)
	require.NoError(t, c.Apply(t.Context(), generated(t, fmt.Sprintf(strings.ReplaceAll(troubledDocuments, "${env:REPLICA}", ""), w.source.URL, stabilization), "hpa", "shop/orders")))
	beside(t, func(ctx context.Context) { w.e.run(ctx, t, c, 200*time.Millisecond) })
	w.lookout = newLookout(t, c)
	beside(t, w.lookout.workload)
	return w, documents
}

// run starts a replica of Scaler, and waits until it answers.
func (w *troubled) run(name string, s settings) *replica {
	w.t.Helper()
	s.Env = append(s.Env, "REPLICA="+name)
	r := startReplica(w.t, w.c, name, s)
	w.e.add(r)
	w.ready(r)
	beside(w.t, func(ctx context.Context) { w.lookout.replica(ctx, r) })
	return r
}

func (w *troubled) ready(r *replica) {
	w.t.Helper()
	eventually(w.t, time.Minute, r.name+" is ready", func() bool {
		code, _ := r.get(w.t.Context(), "/readyz")
		return code == 200
	})
}

// becomes waits until the Deployment has so many replicas, and tells how long that took.
func (w *troubled) becomes(replicas int32) time.Duration {
	w.t.Helper()
	began := time.Now()
	eventually(w.t, 2*time.Minute, fmt.Sprintf("the Deployment has %d replicas", replicas), func() bool {
		n, err := w.replicas(w.t.Context())
		return err == nil && n == replicas
	})
	return time.Since(began)
}

func (w *troubled) replicas(ctx context.Context) (int32, error) {
	d, err := w.c.Client().AppsV1().Deployments("shop").Get(ctx, "orders", metav1.GetOptions{})
	if err != nil {
		return 0, err
	}
	return *d.Spec.Replicas, nil
}

// asks changes what the backlog asks for.
func (w *troubled) asks(replicas int) { w.source.set(func(string) int { return 10 * replicas }) }

// scalesAgain lets the backlog fall and rise, and tells how long each took to be
// decided, and to arrive.
func (w *troubled) scalesAgain() string {
	w.t.Helper()
	turn := func(replicas int) string {
		began := time.Now()
		w.asks(replicas)
		eventually(w.t, time.Minute, fmt.Sprintf("%d is decided", replicas), func() bool {
			_, n := decision(w.t.Context(), w.e.all()[0])
			return n == replicas
		})
		decided := time.Since(began)
		w.becomes(int32(replicas))
		return fmt.Sprintf("%.0f s, %.0f s", decided.Seconds(), time.Since(began).Seconds())
	}
	return fmt.Sprintf("in: %s; out: %s", turn(fewer), turn(enough))
}

// leads tells which replica leads; nil: none.
func (w *troubled) leads() *replica {
	for _, r := range w.e.all() {
		if r.leads(w.t.Context(), 0) {
			return r
		}
	}
	return nil
}

// terms counts how often any replica began to lead.
func (w *troubled) terms() int {
	n := 0
	for _, r := range w.e.all() {
		n += strings.Count(r.log.String(), `"msg":"leads","lease"`)
	}
	return n
}

// problems are what a replica says is wrong.
func (w *troubled) problems(r *replica) []string {
	w.t.Helper()
	code, body := r.get(w.t.Context(), "/health")
	require.Equal(w.t, 200, code)
	var health struct{ Problems []string }
	require.NoError(w.t, json.Unmarshal([]byte(body), &health))
	return health.Problems
}

// says waits until a replica names a problem that has these words.
func (w *troubled) says(r *replica, words string) {
	w.t.Helper()
	var last []string
	ok := func() bool {
		last = w.problems(r)
		return slices.ContainsFunc(last, func(p string) bool { return strings.Contains(p, words) })
	}
	for began := time.Now(); !ok(); time.Sleep(200 * time.Millisecond) {
		require.Less(w.t, time.Since(began), time.Minute, "%s says %q, not %q", r.name, last, words)
	}
}

// deployment is the Deployment that the policy is about, with so many replicas.
func deployment(replicas int) []byte {
	return fmt.Appendf(nil, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  replicas: %d
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec: {containers: [{name: worker, image: none}]}
`, replicas)
}
