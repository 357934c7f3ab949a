//go:build e2e

package kubernetes_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/test/cluster/audit"
)

// forwardRow is what was seen in a state of the adapter.
type forwardRow struct {
	name         string
	own, others  map[string]int
	took, toward []time.Duration
	periods      []time.Duration // of Scaler's HPAs, the shortest first
	ours, theirs string          // replicas
}

// watch reads both kinds of metrics through the API server for as long as a state is to
// last, and looks at what the HPAs read.
func (m *moving) watch(name string, begin func()) *forwardRow {
	m.t.Helper()
	_, err := m.log.Next()
	require.NoError(m.t, err)
	ctx, cancel := context.WithTimeout(m.t.Context(), faultFor)
	defer cancel()
	var readers sync.WaitGroup
	began := time.Now()
	begin()
	for i := range 4 {
		readers.Go(func() { m.own.run(ctx, m.c, "shop", fmt.Sprintf("web-%d", i), 20*time.Millisecond) })
		readers.Go(func() { m.others.run(ctx, m.c, "legacy", legacyMetric, 100*time.Millisecond) })
	}
	readers.Wait()
	row := &forwardRow{name: name}
	row.own, row.took = m.own.take()
	row.others, row.toward = m.others.take()
	gets, err := m.log.Next()
	require.NoError(m.t, err)
	row.periods = m.rhythm(gets, began)
	row.ours, row.theirs = m.replicas("shop"), m.replicas("legacy")
	require.Equal(m.t, []string{"200"}, keys(row.own), "what is Scaler's is always there")
	require.Less(m.t, percentile(row.took, 99), ownWithin)
	return row
}

// rhythm holds every HPA of Scaler's metrics to its period, and returns the periods.
func (m *moving) rhythm(gets []audit.Get, began time.Time) (periods []time.Duration) {
	m.t.Helper()
	slices.SortFunc(gets, func(a, b audit.Get) int { return a.At.Compare(b.At) })
	last, counts := map[string]time.Time{}, map[string]int{}
	for _, g := range gets {
		if g.Namespace != "shop" || g.At.Before(began) {
			continue
		}
		require.Equal(m.t, 200, g.Code, g.Metric)
		if at, ok := last[g.Metric]; ok {
			periods = append(periods, g.At.Sub(at))
		}
		last[g.Metric] = g.At
		counts[g.Metric]++
	}
	require.Len(m.t, counts, forwardHPAs, "every HPA reads")
	for metric, n := range counts {
		require.GreaterOrEqual(m.t, n, int(faultFor/forwardSync)-1, metric)
	}
	slices.Sort(periods)
	require.InEpsilon(m.t, forwardSync.Seconds(), percentile(periods, 50).Seconds(), 0.1)
	require.Less(m.t, percentile(periods, 100), 2*forwardSync)
	return periods
}

// replicas are the numbers that a namespace's Deployments have.
func (m *moving) replicas(namespace string) string {
	all, err := m.c.Client().AppsV1().Deployments(namespace).List(m.t.Context(), metav1.ListOptions{})
	require.NoError(m.t, err)
	seen := map[int32]bool{}
	for i := range all.Items {
		seen[*all.Items[i].Spec.Replicas] = true
	}
	return strings.Trim(fmt.Sprint(slices.Sorted(maps.Keys(seen))), "[]")
}

func keys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }

func (r *forwardRow) print(w io.Writer, again string) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.1f s (max %.1f)\t%s\t%s\t%s\n", r.name, listed(r.own),
		rounded(percentile(r.took, 50)), rounded(percentile(r.took, 99)), rounded(percentile(r.took, 100)),
		listed(r.others), rounded(percentile(r.toward, 99)), percentile(r.periods, 50).Seconds(), percentile(r.periods, 100).Seconds(), r.ours, r.theirs, again)
}
