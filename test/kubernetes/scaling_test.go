//go:build e2e

package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/internal/testaws"
	"github.com/scaler-dev/scaler/test/cluster"
)

const (
	queued    = 400
	perWorker = 10                 // messages that a replica is good for
	workers   = queued / perWorker // replicas
	perNode   = 4                  // pods of 900m on 3.9 cores
	atOnce    = 1.0                // messages that a pod is done with in a second
	nodesGo   = 2 * time.Minute    // Karpenter takes 25 to 45 s on an idle machine
	syncs     = 5 * time.Second    // of HPAs
)

// scalingDocuments are a queue's provider and policy.
const scalingDocuments = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  workload: {deployment: {name: orders}}
  replicas: {min: 0, max: 50}
  signals: [{name: backlog, provider: aws, interval: 2s, freshFor: 10s, holdFor: 60s, sqs: {queue: orders, count: [Visible]}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  scaleOut: {limits: [{replicas: 50, period: 15s}]}
  scaleIn: {stabilization: 5s, limits: [{replicas: 50, period: 15s}]}
`

const ordersDeployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: worker, image: none, resources: {requests: {cpu: 900m}}}]}
`

// TestAQueueMovesPodsAndNodes fills a queue and drains it. Whatever follows is done by
// the real parts: the HPA that the program prints scales a Deployment from one to none,
// to forty, and to none again; its pods wait until Karpenter has added nodes, and the
// nodes go with them.
func TestAQueueMovesPodsAndNodes(t *testing.T) {
	m := testaws.StartOwn(t)
	q := newQueue(t, m, "orders")
	c := cluster.Start(t, cluster.Options{Karpenter: true, NodeCPU: 4, HPASyncPeriod: syncs, AggregatorRouting: true})
	require.NoError(t, c.Apply(t.Context(), []byte(namespaces+apiService)))
	documents := fmt.Sprintf(scalingDocuments, m.URL)
	e := &endpoints{}
	beside(t, func(ctx context.Context) { e.run(ctx, t, c, 200*time.Millisecond) })
	for _, name := range []string{"a", "b"} {
		e.add(startReplica(t, c, name, settings{Documents: documents, Spec: "  stdout: {}"}))
	}
	require.NoError(t, c.WaitAPIService(t.Context(), "v1beta1.external.metrics.k8s.io"))
	require.NoError(t, c.Apply(t.Context(), []byte(ordersDeployment)))
	require.NoError(t, c.Apply(t.Context(), generated(t, documents, "hpa", "shop/orders")))

	l := &timeline{began: time.Now(), c: c, queue: q, ask: func() *replica { return e.all()[0] }}
	beside(t, l.run)
	defer l.print(t)
	passed := func() time.Duration { return time.Since(l.began) }

	// From one to none: the HPA wakes only what it put to sleep itself.
	eventually(t, nodesGo, "it sleeps", func() bool { return l.now().asleep() })
	requireAsleep(t, c)

	filling := passed()
	q.fill(queued)
	t.Logf("%.1f s to %.1f s: filled with %d messages", filling.Seconds(), passed().Seconds(), queued)
	eventually(t, nodesGo, "all pods run", func() bool { return l.now().running == workers })

	beside(t, func(ctx context.Context) {
		if err := q.work(ctx, atOnce, func() int { return l.now().running }); err != nil {
			t.Errorf("drain the queue: %v", err)
		}
	})
	t.Logf("%.1f s: pods begin to work, %.0f messages a second each", passed().Seconds(), atOnce)
	eventually(t, nodesGo, "the queue is drained", func() bool { return q.length.Load() == 0 })
	drained := passed()
	t.Logf("%.1f s: drained", drained.Seconds())
	eventually(t, nodesGo, "the nodes go", func() bool { return l.now().asleep() })
	requireAsleep(t, c)

	requireCourse(t, l.moments(t), filling)
	requireDecided(t, l.moments(t), e.all())
	asks := func(messages int) bool { return messages > queued-perWorker } // for 40 replicas
	l.lags(t, "queue of 391", l.first(t, filling, func(m moment) bool { return asks(m.queue) }),
		hop{"signal of 391", func(m moment) bool { return asks(m.signal) }},
		hop{"decision 40", func(m moment) bool { return m.decision == workers }},
		hop{"HPA desires 40", func(m moment) bool { return m.desired == workers }},
		hop{"Deployment of 40", func(m moment) bool { return m.ordered == workers }},
		hop{"40 pods", func(m moment) bool { return m.pending+m.running == workers }},
		hop{"10 nodes", func(m moment) bool { return m.nodes == workers/perNode }},
		hop{"40 pods run", func(m moment) bool { return m.running == workers }})
	l.lags(t, "empty queue", drained,
		hop{"signal 0", func(m moment) bool { return m.signal == 0 }},
		hop{"decision 0", func(m moment) bool { return m.decision == 0 }},
		hop{"HPA desires 0", func(m moment) bool { return m.desired == 0 }},
		hop{"Deployment of 0", func(m moment) bool { return m.ordered == 0 }},
		hop{"no pods", func(m moment) bool { return m.pending+m.running == 0 }},
		hop{"no nodes", func(m moment) bool { return m.nodes == 0 }})
}

// requireCourse: 1, 0, up to 40, down to 0, and nothing else on the way; pods that wait
// for the first node; as many nodes as the pods need.
func requireCourse(t *testing.T, all []at, filling time.Duration) {
	t.Helper()
	var course []int
	waited, most, nodes := false, 0, 0
	for _, a := range all {
		if len(course) == 0 || course[len(course)-1] != a.ordered {
			course = append(course, a.ordered)
		}
		if a.since < filling {
			continue
		}
		waited = waited || a.nodes == 0 && a.pending > 0
		most, nodes = max(most, a.running), max(nodes, a.nodes)
		require.LessOrEqual(t, a.decision, workers)
		require.LessOrEqual(t, a.desired, workers)
	}
	t.Logf("replicas of the Deployment: %v", course)
	require.Equal(t, []int{1, 0}, course[:2])
	top := 1
	for course[top] < workers {
		require.Less(t, top+1, len(course), "it gets up to %d", workers)
		require.Greater(t, course[top+1], course[top], "only up")
		top++
	}
	require.Equal(t, workers, course[top])
	for i := top; i < len(course)-1; i++ {
		require.Less(t, course[i+1], course[i], "only down")
	}
	require.Equal(t, 0, course[len(course)-1])
	require.True(t, waited, "pods were pending before there was a node")
	require.Equal(t, workers, most)
	require.Equal(t, workers/perNode, nodes)
}

// requireDecided: every size of the Deployment after its first was a decision of ours,
// published by one replica.
func requireDecided(t *testing.T, all []at, replicas []*replica) {
	t.Helper()
	decisions := map[int]bool{}
	publishers := map[string]bool{}
	for _, r := range replicas {
		for line := range strings.Lines(r.log.String()) {
			var d decided
			if strings.HasPrefix(line, `{"policy"`) && json.Unmarshal([]byte(line), &d) == nil && d.Desired.Replicas != nil {
				decisions[int(*d.Desired.Replicas)] = true
				publishers[r.name] = true
			}
		}
	}
	for _, a := range all {
		require.True(t, a.ordered == 1 || decisions[a.ordered], "%d replicas were decided", a.ordered)
	}
	require.Len(t, publishers, 1)
}

// requireAsleep: the HPA says that it scaled to zero itself.
func requireAsleep(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	h, err := c.Client().AutoscalingV2().HorizontalPodAutoscalers("shop").Get(t.Context(), "orders", metav1.GetOptions{})
	require.NoError(t, err)
	for _, condition := range h.Status.Conditions {
		if condition.Type == "ScaledToZero" {
			require.EqualValues(t, "True", condition.Status)
			return
		}
	}
	require.Fail(t, "no condition ScaledToZero", "%v", h.Status.Conditions)
}

// generated is what the program prints for documents.
func generated(t *testing.T, documents string, args ...string) []byte {
	t.Helper()
	program, err := program()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "documents.yaml")
	require.NoError(t, os.WriteFile(file, []byte(documents), 0o600))
	cmd := exec.CommandContext(t.Context(), program, append(append([]string{"generate"}, args...), "-f", file)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	t.Logf("scaler generate %s:\n%s", strings.Join(args, " "), out)
	return out
}

// beside runs until the test ends.
func beside(t *testing.T, run func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { run(ctx) })
	t.Cleanup(func() { cancel(); group.Wait() })
}
