package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	var out, progress bytes.Buffer
	require.Equal(t, 0, command(t.Context(), []string{"-h"}, &out, &progress))
	require.Equal(t, 2, command(t.Context(), []string{"-unheard"}, &out, &progress))
	require.Equal(t, 2, command(t.Context(), []string{"-pairs", "0"}, &out, &progress))
	require.Equal(t, 2, command(t.Context(), []string{"-window", "20s"}, &out, &progress), "less than two syncs")
	require.Empty(t, out.String())
}

func TestBeats(t *testing.T) {
	zero := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return zero.Add(time.Duration(seconds) * time.Second) }
	before := map[string]time.Time{"a": at(0), "b": at(-5), "c": at(0)}

	b := newBeats(before, 15*time.Second)
	b.read("a", at(15))
	b.read("b", at(12)) // 17 s after the last
	b.read("a", at(31))
	require.InDelta(t, 2.0/5, b.share(at(31)), 1e-9, "a twice; b late, and overdue again; c overdue")
	require.Equal(t, at(0), before["a"], "the caller's map is its own")

	c := newBeats(map[string]time.Time{"a": at(0)}, 15*time.Second)
	require.Zero(t, c.share(at(16)), "nothing was due")
}

func TestSum(t *testing.T) {
	const text = `# TYPE x_sum histogram
x_sum{host="a:1",verb="GET"} 1.5
x_sum{host="a:1",verb="PUT"} 2e-1
x_sum_of_others 7
x_sum 0.1
x_summer{a="b"} 9
`
	require.InDelta(t, 1.8, sum(text, "x_sum"), 1e-9)
	require.Zero(t, sum(text, "y_sum"))
}

func TestABusyMachineGivesNoVerdict(t *testing.T) {
	s := settings{minShare: 0.9}
	require.NoError(t, pair{constant: run{inTime: 0.9}, ours: run{inTime: 0.1, failed: 1}}.valid(s))
	require.ErrorContains(t, pair{constant: run{inTime: 0.8}}.valid(s), "too busy")
	require.ErrorContains(t, pair{constant: run{inTime: 1, failed: 2}}.valid(s), "2 reads of the constant failed")
}

func TestResult(t *testing.T) {
	var r result
	for _, ours := range []time.Duration{50, 9, 10, 11, 500} {
		r.pairs = append(r.pairs, pair{
			constant: run{name: "constant", p99: 10 * time.Millisecond, inTime: 1},
			ours:     run{name: "scaler", p99: ours * time.Millisecond, inTime: 0.5},
		})
	}
	require.InDelta(t, 1.1, r.ratio(), 1e-9, "the median of the pairs")
	for verdict, most := range map[string]float64{"ok": 1.3, "too slow": 1.0} {
		var out bytes.Buffer
		r.print(&out, settings{n: 2000, pairs: 5, sync: 15 * time.Second, window: time.Minute, qps: 1000, burst: 2000, maxRatio: most})
		for _, want := range []string{"2000 HPAs", "--kube-api-qps=1000 --kube-api-burst=2000", "median", "50.0 %", "1.10 times the constant's", ": " + verdict} {
			require.Contains(t, out.String(), want)
		}
	}
}

func TestPairsInDoubt(t *testing.T) {
	good, bad := pair{constant: run{p99: 10}, ours: run{p99: 20}}, pair{constant: run{p99: 10}, ours: run{p99: 500}}
	bad.doubt = bad.valid(settings{minShare: 0.9})
	require.Error(t, bad.doubt)
	s := settings{pairs: 2}

	r := result{pairs: []pair{bad, good, bad}}
	require.InDelta(t, 2, r.ratio(), 1e-9, "only what counts")
	require.ErrorContains(t, r.verdict(s), "only 1 of 2 pairs count")
	r.pairs = append(r.pairs, good)
	require.NoError(t, r.verdict(s))

	var out bytes.Buffer
	result{pairs: []pair{bad}}.print(&out, s)
	require.Contains(t, out.String(), "50.00 times the constant's; does not count: ")
	require.Contains(t, out.String(), "no verdict")
}
