//go:build e2e

package kubernetes_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/test/cluster"
)

// stage is a cluster with replicas of Scaler under load, and what is seen of them.
type stage struct {
	t       *testing.T
	c       *cluster.Cluster
	source  *countingSource
	load    *load
	samples *sampler
	e       *endpoints
	s       settings
	watched string // the path of the decision that is sampled

	ctx   context.Context
	group sync.WaitGroup
	ever  []*replica
	rows  []string
}

const (
	ordersPolicy = `
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 100000}
  signals: [{name: backlog, provider: shop, kind: Total, interval: 1s, http: {path: /orders, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  scaleIn: {stabilization: 5m}
`
	// One path a replica: so the source knows who asks.
	shopProvider = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: shop}
spec: {http: {url: "%s/${env:REPLICA}"}}
---
`
)

func newStage(t *testing.T, value func(string) int) *stage {
	t.Helper()
	c := cluster.Start(t, cluster.Options{AggregatorRouting: true})
	require.NoError(t, c.Apply(t.Context(), []byte(namespaces+apiService)))
	st := &stage{t: t, c: c, load: &load{}, samples: newSampler(), e: &endpoints{}}
	st.source = newCountingSource(t, value)
	st.s = settings{Spec: "  stdout: {}"}
	ctx, cancel := context.WithCancel(t.Context())
	st.ctx = ctx
	t.Cleanup(func() { cancel(); st.group.Wait() })
	st.group.Go(func() { st.e.run(ctx, t, c, 200*time.Millisecond) })
	return st
}

// run starts a replica, and waits until it answers.
func (st *stage) run(name string) *replica {
	st.t.Helper()
	s := st.s
	s.Env = []string{"REPLICA=" + name}
	r := startReplica(st.t, st.c, name, s)
	st.ever = append(st.ever, r)
	st.e.add(r)
	st.group.Go(func() { st.samples.watch(st.ctx, r, st.watched) })
	eventually(st.t, time.Minute, name+" is ready", func() bool {
		code, _ := r.get(st.t.Context(), "/readyz")
		return code == 200
	})
	return r
}

// leader waits for one, other than any of these.
func (st *stage) leader(not ...*replica) *replica {
	st.t.Helper()
	var found *replica
	eventually(st.t, time.Minute, "somebody leads", func() bool {
		for _, r := range st.e.all() {
			if !slices.Contains(not, r) && r.leads(st.t.Context(), 0) {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

// event does something under load, waits until things are calm again, and writes
// down what clients saw.
func (st *stage) event(name string, do func()) tally {
	st.t.Helper()
	time.Sleep(2 * time.Second)
	began := time.Now()
	st.t.Logf("%s begins: %s", began.Format("15:04:05.000"), name)
	do()
	time.Sleep(3 * time.Second)
	ended := time.Now()
	time.Sleep(time.Second) // GETs that began are over
	y := st.load.between(began, ended)
	polls := st.source.between(began.Add(-time.Second), ended)
	st.rows = append(st.rows, fmt.Sprintf("%-34s %5.0fs %6d %6d %8d %9s %10s %9s  %v", name, ended.Sub(began).Seconds(), y.gets, len(y.failed), len(y.lowered),
		gap(polls).Round(10*time.Millisecond), st.samples.behindMost(began, ended).Round(10*time.Millisecond), y.slowest.Round(time.Millisecond), byReplica(polls)))
	for i, a := range y.failed {
		if i < 5 {
			st.t.Logf("%s failed after %s: %v", a.began.Format("15:04:05.000"), a.ended.Sub(a.began), a.err)
		}
	}
	return y
}

func (st *stage) table() {
	st.t.Logf("\n%-34s %6s %6s %6s %8s %9s %10s %9s  %s\n%s", "event", "time", "GETs", "failed", "lowered", "no poll", "behind", "slowest", "polls by",
		strings.Join(st.rows, "\n"))
}

// oneAtATime requires that whoever did something did it in terms that do not
// overlap: two at once would take turns.
func oneAtATime(t *testing.T, what string, all []polled) {
	t.Helper()
	slices.SortFunc(all, func(a, b polled) int { return a.at.Compare(b.at) })
	var last time.Time
	turns := 0
	for i := 1; i < len(all); i++ {
		if all[i].by == all[i-1].by {
			continue
		}
		turns++
		if !last.IsZero() {
			require.Greater(t, all[i].at.Sub(last), 2*time.Second, "%s by %s then %s at %s, just after another turn", what, all[i-1].by, all[i].by, all[i].at)
		}
		last = all[i].at
	}
	t.Logf("%s: %d, in %d turns, none of which overlap", what, len(all), turns+1)
}

// TestReplicasUnderLoad ends, cuts off, stops and rotates under the eyes of clients
// that read a metric whose number only rises.
func TestReplicasUnderLoad(t *testing.T) {
	began := time.Now()
	rising := func(string) int { return 1000 + 10*int(time.Since(began)/(3*time.Second)) }
	st := newStage(t, rising)
	st.watched = "/api/v1/decisions/shop/orders"
	st.s.Documents = fmt.Sprintf(shopProvider, st.source.URL) + ordersPolicy
	defer st.table()

	a := st.run("a")
	require.NoError(t, st.c.WaitAPIService(t.Context(), "v1beta1.external.metrics.k8s.io"))
	eventually(t, time.Minute, "the metric is there", func() bool {
		_, err := metric(t.Context(), st.c, "shop", "orders")
		return err == nil
	})
	st.group.Go(func() { <-st.ctx.Done() })
	stop := st.load.start(st.ctx, t, st.c, 16, 100*time.Millisecond, []string{"orders"})
	defer stop()

	none := func(y tally) { require.Empty(t, y.failed); require.Empty(t, y.lowered); require.NotZero(t, y.gets) }

	// Calls to the source do not depend on the number of replicas.
	y := st.event("one replica", func() { time.Sleep(10 * time.Second) })
	none(y)
	one := len(st.source.between(time.Now().Add(-10*time.Second), time.Now()))
	b := st.run("b")
	third := st.run("c")
	y = st.event("three replicas", func() { time.Sleep(10 * time.Second) })
	none(y)
	three := len(st.source.between(time.Now().Add(-10*time.Second), time.Now()))
	t.Logf("polls in 10 s: %d with one replica, %d with three", one, three)
	require.InDelta(t, one, three, 4)
	none(st.event("SIGTERM, of one that follows", func() { third.terminate(); <-third.done }))

	none(st.event("both certificates rotated", func() { st.rotate(a, b) }))

	none(st.event("SIGTERM, of the leader", func() {
		leader := st.leader()
		leader.terminate()
		<-leader.done
		st.run("d")
		st.leader(leader)
	}))

	none(st.event("the Lease taken for 5 s", func() {
		leader := st.leader()
		st.takeLease("scaler", 5*time.Second)
		eventually(t, 10*time.Second, "the leader sees it", func() bool { return !leader.leads(t.Context(), 0) })
		st.leader()
	}))
	none(st.event("the Lease deleted", func() {
		require.NoError(t, st.c.Client().CoordinationV1().Leases("scaler").Delete(t.Context(), "scaler", metav1.DeleteOptions{}))
		time.Sleep(6 * time.Second)
		st.leader()
	}))

	var stopped, woken time.Time
	y = st.event("SIGSTOP for 30 s, of the leader", func() {
		leader := st.leader()
		stopped = time.Now()
		require.NoError(t, leader.cmd.Process.Signal(syscall.SIGSTOP))
		time.Sleep(30 * time.Second)
		woken = time.Now()
		require.NoError(t, leader.cmd.Process.Signal(syscall.SIGCONT))
		time.Sleep(5 * time.Second)
		require.False(t, leader.leads(t.Context(), 0), "another leads by now")
		for _, p := range published(leader) {
			require.False(t, p.at.After(woken.Add(-20*time.Second)), "published at %s, woken at %s", p.at, woken)
		}
		st.leader(leader)
	})
	for _, a := range y.failed {
		require.Less(t, a.began.Sub(stopped), 8*time.Second, "only before its endpoint goes")
	}
	// What it was asked before its endpoint went it answers when it wakes, with what it
	// knew then: a client that waits so long has that. Nobody else has.
	for _, a := range y.lowered {
		require.Less(t, a.began.Sub(stopped), 8*time.Second, "asked at %s, woken at %s", a.began, woken)
	}

	killed := time.Now()
	y = st.event("SIGKILL, of the leader", func() {
		leader := st.leader()
		killed = time.Now()
		leader.kill()
		st.run("e")
		st.leader(leader)
		last := rising("")
		st.source.set(func(string) int { return last }) // so that what is saved is what is served
	})
	frozen := time.Now()
	for _, a := range y.failed {
		require.Less(t, a.began.Sub(killed), 3*time.Second, "only before its endpoint goes")
	}
	require.Empty(t, y.lowered)

	var all []polled
	for _, r := range st.ever {
		all = append(all, published(r)...)
	}
	oneAtATime(t, "publications", all)
	oneAtATime(t, "polls", st.source.between(began, time.Now()))
	require.Empty(t, st.samples.differ, "equal instants, equal numbers")
	require.NotZero(t, st.samples.equal)
	t.Logf("%d instants of decisions were seen at two replicas, all with equal numbers", st.samples.equal)
	st.restartAll(frozen)
}

// restartAll kills every replica and starts new ones while the signal is low: they
// go on from what was saved, and wait before they scale in as the others would have.
func (st *stage) restartAll(frozen time.Time) {
	t := st.t
	eventually(t, 90*time.Second, "the state is saved", func() bool {
		m, err := st.c.Client().CoreV1().ConfigMaps("scaler").Get(t.Context(), "scaler-state-0-0", metav1.GetOptions{})
		return err == nil && len(m.ManagedFields) > 0 && m.ManagedFields[len(m.ManagedFields)-1].Time.After(frozen)
	})
	var up, killed time.Time
	y := st.event("SIGKILL of all, and the signal low", func() {
		killed = time.Now()
		for _, r := range st.e.all() {
			r.kill()
		}
		st.source.set(func(string) int { return 50 })
		st.run("x")
		st.run("y")
		eventually(t, time.Minute, "the metric is there again", func() bool {
			_, err := metric(t.Context(), st.c, "shop", "orders")
			return err == nil
		})
		up = time.Now()
		time.Sleep(10 * time.Second)
	})
	require.Empty(t, y.lowered, "the window of five minutes was saved")
	after := st.load.between(up, time.Now())
	require.Empty(t, after.failed)
	require.NotZero(t, after.gets)
	t.Logf("answers again %s after the end of all; %d GETs since, none of them lower than before, with a signal that alone says 5",
		up.Sub(killed).Round(100*time.Millisecond), after.gets)
}
