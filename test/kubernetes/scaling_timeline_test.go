//go:build e2e

package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/test/cluster"
)

// unknown is a number that is not there.
const unknown = -1

// moment is what there is at an instant, from the queue to the nodes.
type moment struct {
	queue    int // messages
	signal   int // the backlog as Scaler knows it
	decision int // replicas
	desired  int // of the HPA
	ordered  int // of the Deployment
	pending  int // pods
	running  int // pods
	nodes    int // that are Ready
}

// asleep: nothing is there, and nothing is ordered.
func (m moment) asleep() bool { return m.ordered == 0 && m.pending+m.running == 0 && m.nodes == 0 }

// at is a moment and when it was first seen.
type at struct {
	moment

	since time.Duration
}

// timeline looks at everything again and again.
type timeline struct {
	began time.Time
	c     *cluster.Cluster
	queue *queue
	ask   func() *replica // who is asked for the decision

	mu  sync.Mutex
	all []at
	err error
}

// run looks until ctx ends.
func (l *timeline) run(ctx context.Context) {
	for ctx.Err() == nil {
		m, err := l.look(ctx)
		if ctx.Err() != nil {
			return
		}
		l.mu.Lock()
		if err != nil {
			l.err = err
		} else if len(l.all) == 0 || l.all[len(l.all)-1].moment != m {
			l.all = append(l.all, at{m, time.Since(l.began)})
		}
		l.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// look reads the ends of the chain first: so nothing is seen before its cause.
func (l *timeline) look(ctx context.Context) (m moment, err error) {
	nodes, err := l.c.Client().CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return m, err
	}
	for i := range nodes.Items {
		if nodeReady(&nodes.Items[i]) {
			m.nodes++
		}
	}
	pods, err := l.c.Client().CoreV1().Pods("shop").List(ctx, metav1.ListOptions{})
	if err != nil {
		return m, err
	}
	for i := range pods.Items {
		switch pods.Items[i].Status.Phase {
		case corev1.PodPending:
			m.pending++
		case corev1.PodRunning:
			m.running++
		}
	}
	d, err := l.c.Client().AppsV1().Deployments("shop").Get(ctx, "orders", metav1.GetOptions{})
	if err != nil {
		return m, err
	}
	h, err := l.c.Client().AutoscalingV2().HorizontalPodAutoscalers("shop").Get(ctx, "orders", metav1.GetOptions{})
	if err != nil {
		return m, err
	}
	m.ordered, m.desired = int(*d.Spec.Replicas), int(h.Status.DesiredReplicas)
	if h.Status.LastScaleTime == nil && len(h.Status.Conditions) == 0 {
		m.desired = unknown // not synced yet
	}
	m.signal, m.decision = decision(ctx, l.ask())
	m.queue = int(l.queue.length.Load())
	return m, nil
}

func nodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// decision is what a replica knows of shop/orders: its one signal, and what it
// decided.
func decision(ctx context.Context, r *replica) (signal, replicas int) {
	signal, replicas = unknown, unknown
	code, body := r.get(ctx, "/api/v1/decisions/shop/orders")
	var got struct {
		Desired struct{ Replicas *int }
		Signals []struct{ Value *float64 }
	}
	if code != http.StatusOK || json.Unmarshal([]byte(body), &got) != nil {
		return signal, replicas
	}
	if got.Desired.Replicas != nil {
		replicas = *got.Desired.Replicas
	}
	if len(got.Signals) == 1 && got.Signals[0].Value != nil {
		signal = int(*got.Signals[0].Value)
	}
	return signal, replicas
}

// moments are all so far.
func (l *timeline) moments(t *testing.T) []at {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.NoError(t, l.err)
	return append([]at(nil), l.all...)
}

// now is the latest moment; before the first, the Deployment is unknown.
func (l *timeline) now() moment {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return moment{ordered: unknown}
	}
	return l.all[len(l.all)-1].moment
}

// print has a row for each change but those of the queue alone.
func (l *timeline) print(t *testing.T) {
	t.Helper()
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "seconds\tqueue\tsignal\tdecision\tHPA desired\tDeployment\tpods pending\trunning\tnodes\t")
	number := func(n int) string {
		if n == unknown {
			return "?"
		}
		return strconv.Itoa(n)
	}
	last := at{moment: moment{queue: unknown}}
	for i, a := range l.moments(t) {
		before := last.moment
		before.queue = a.queue
		if i > 0 && before == a.moment {
			continue
		}
		last = a
		fmt.Fprintf(w, "%.1f", a.since.Seconds())
		for _, n := range []int{a.queue, a.signal, a.decision, a.desired, a.ordered, a.pending, a.running, a.nodes} {
			fmt.Fprintf(w, "\t%s", number(n))
		}
		fmt.Fprintln(w, "\t")
	}
	require.NoError(t, w.Flush())
	t.Logf("the timeline, with a row for each change but those of the queue alone:\n\n%s", out.String())
}

// hop is a step of a change on its way, and the moment in which it is done.
type hop struct {
	name string
	done func(moment) bool
}

// first is when something was first so, from an instant on.
func (l *timeline) first(t *testing.T, from time.Duration, is func(moment) bool) time.Duration {
	t.Helper()
	for _, a := range l.moments(t) {
		if a.since >= from && is(a.moment) {
			return a.since
		}
	}
	require.Fail(t, "it never was so")
	return 0
}

// lags tells how long each hop of a change took that began at an instant: since the
// one before, and since the beginning.
func (l *timeline) lags(t *testing.T, what string, from time.Duration, hops ...hop) {
	t.Helper()
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, what+"\tlag\tin all\t")
	before := from
	for _, h := range hops {
		reached := l.first(t, from, h.done)
		fmt.Fprintf(w, "%s\t%.1f s\t%.1f s\t\n", h.name, (reached - before).Seconds(), (reached - from).Seconds())
		before = reached
	}
	require.NoError(t, w.Flush())
	t.Logf("\n\n%s", out.String())
}
