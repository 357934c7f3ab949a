//go:build e2e

package kubernetes_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	shardCount  = 3
	policyCount = 60
)

// TestShardsSpread: three replicas share three shards by themselves, each polls
// about a third, and when one dies the others take its part over.
func TestShardsSpread(t *testing.T) {
	began := time.Now()
	st := newStage(t, func(string) int { return 1000 + 10*int(time.Since(began)/(3*time.Second)) })
	st.watched = "/api/v1/decisions/shop/p0"
	st.s.Shards = shardCount
	var documents strings.Builder
	fmt.Fprintf(&documents, shopProvider, st.source.URL)
	var metrics []string
	for i := range policyCount {
		metrics = append(metrics, fmt.Sprintf("p%d", i))
		fmt.Fprintf(&documents, "---%s", strings.NewReplacer("orders", metrics[i], "interval: 1s", "interval: 2s").Replace(ordersPolicy))
	}
	st.s.Documents = documents.String()
	defer st.table()
	replicas := []*replica{st.run("a"), st.run("b"), st.run("c")}
	up := time.Now()
	held := func() map[string]int {
		out := map[string]int{}
		for _, r := range replicas {
			n := 0
			for i := range shardCount {
				if r.leads(t.Context(), i) {
					n++
				}
			}
			if n > 0 {
				out[r.name] = n
			}
		}
		return out
	}
	t.Logf("shards led at the start: %v", held())
	eventually(t, 2*time.Minute, "each leads one", func() bool {
		h := held()
		return h["a"] == 1 && h["b"] == 1 && h["c"] == 1
	})
	t.Logf("each leads one after %s", time.Since(up).Round(time.Second))
	require.NoError(t, st.c.WaitAPIService(t.Context(), "v1beta1.external.metrics.k8s.io"))
	for _, m := range metrics {
		eventually(t, time.Minute, m+" is there", func() bool {
			_, err := metric(t.Context(), st.c, "shop", m)
			return err == nil
		})
	}
	stop := st.load.start(st.ctx, t, st.c, 16, 100*time.Millisecond, metrics)
	defer stop()

	var from, to time.Time
	y := st.event("three replicas, three shards", func() {
		from = time.Now()
		time.Sleep(20 * time.Second)
		to = time.Now()
	})
	require.Empty(t, y.failed)
	require.Empty(t, y.lowered)
	polls := st.source.between(from, to)
	require.InDelta(t, policyCount*10, len(polls), policyCount, "each every 2 s, whoever polls")
	for _, r := range replicas {
		share := float64(byReplica(polls)[r.name]) / float64(len(polls))
		t.Logf("%s polls %.0f %%", r.name, 100*share)
		require.InDelta(t, 1.0/3, share, 0.15)
	}
	by := map[string]map[string]bool{}
	for _, p := range polls {
		if by[p.what] == nil {
			by[p.what] = map[string]bool{}
		}
		by[p.what][p.by] = true
	}
	require.Len(t, by, policyCount)
	for what, who := range by {
		require.Len(t, who, 1, "%s is polled by one", what)
	}

	var killed, all time.Time
	dead := replicas[2]
	y = st.event("SIGKILL, of one of three", func() {
		killed = time.Now()
		dead.kill()
		eventually(t, time.Minute, "the others lead all", func() bool {
			h := held()
			return h["a"]+h["b"] == shardCount
		})
		all = time.Now()
		time.Sleep(5 * time.Second)
	})
	t.Logf("the others led all after %s", all.Sub(killed).Round(100*time.Millisecond))
	for _, a := range y.failed {
		require.Less(t, a.began.Sub(killed), 3*time.Second, "only before its endpoint goes")
	}
	require.Empty(t, y.lowered)
	after := map[string]bool{}
	for _, p := range st.source.between(time.Now().Add(-5*time.Second), time.Now()) {
		require.NotEqual(t, dead.name, p.by)
		after[p.what] = true
	}
	require.Len(t, after, policyCount, "every one is polled again")
	require.Empty(t, st.samples.differ)
	for _, m := range metrics {
		var own []polled
		for _, p := range st.source.between(from, time.Now()) {
			if p.what == m {
				own = append(own, p)
			}
		}
		turns := 0
		for i := 1; i < len(own); i++ {
			if own[i].by != own[i-1].by {
				turns++
			}
		}
		require.LessOrEqual(t, turns, 1, "%s changed hands more than once", m)
	}
}
