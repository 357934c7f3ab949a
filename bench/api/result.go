package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

type pair struct{ constant, ours run }

func (p pair) ratio() float64 { return float64(p.ours.p99) / float64(p.constant.p99) }

// valid says why a pair tells nothing. Ours may be slow, the constant may not: it
// has half of what it can do.
func (p pair) valid(s settings, rate float64) error {
	if n := min(p.constant.requests, p.ours.requests); n < s.minRequests {
		return fmt.Errorf("only %d requests in a run of %s: too few to tell a p99", n, s.run)
	}
	if p.constant.rate < s.minShare*rate {
		return fmt.Errorf("the constant reached only %.0f of %.0f requests/s: the machine is too busy to measure on", p.constant.rate, rate)
	}
	return nil
}

type result struct {
	maxRate        float64
	pairs          []pair
	ratio          float64 // of p99, the median of the pairs
	bytesPerPolicy float64
	ticks          []time.Duration
}

func (r *result) finish() { r.ratio = median(r.pairs, pair.ratio) }

// median of what f makes of each.
func median[T any, V cmp.Ordered](all []T, f func(T) V) V {
	vs := make([]V, len(all))
	for i, v := range all {
		vs[i] = f(v)
	}
	if len(vs) == 0 {
		var zero V
		return zero
	}
	slices.Sort(vs)
	return vs[len(vs)/2]
}

func (r *result) print(w io.Writer, s settings) {
	fmt.Fprintf(w, "%d cores, %s %s/%s\n", runtime.GOMAXPROCS(0), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "%d policies with one signal each; %d clients, TLS, HTTP/2; paced to %.0f requests/s,\nhalf of the constant's maximum of %.0f; runs of %s, taking turns every %s\n",
		s.policies, s.clients, r.maxRate/2, r.maxRate, s.run, s.slice)
	fmt.Fprintf(w, "an engine ticks all policies on changing signals every second, during both kinds of runs\n\n")

	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tconstant\t\t\tours\t\t\tratio\t")
	fmt.Fprintln(t, "pair\tp50\tp99\trequests/s\tp50\tp99\trequests/s\tof p99\t")
	line := func(name string, c, o run, ratio float64) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%s\t%s\t%.0f\t%.2f\t\n", name, round(c.p50), round(c.p99), c.rate, round(o.p50), round(o.p99), o.rate, ratio)
	}
	for i, p := range r.pairs {
		line(strconv.Itoa(i+1), p.constant, p.ours, p.ratio())
	}
	of := func(side func(pair) run) run {
		return run{
			p50:  median(r.pairs, func(p pair) time.Duration { return side(p).p50 }),
			p99:  median(r.pairs, func(p pair) time.Duration { return side(p).p99 }),
			rate: median(r.pairs, func(p pair) float64 { return side(p).rate }),
		}
	}
	line("median", of(func(p pair) run { return p.constant }), of(func(p pair) run { return p.ours }), r.ratio)
	_ = t.Flush() // standard output is gone, then

	tick := median(r.ticks, func(d time.Duration) time.Duration { return d })
	fmt.Fprintf(w, "\nmemory  %.0f bytes a policy (engine and board, after GC)\n", r.bytesPerPolicy)
	fmt.Fprintf(w, "tick    %s (median of %d: step and publish, all policies, beside the requests)\n", round(tick), len(r.ticks))
	verdict := "ok"
	if r.ratio > s.maxRatio {
		verdict = "too slow"
	}
	fmt.Fprintf(w, "p99     %.2f times the constant's, at most %.2f: %s\n", r.ratio, s.maxRatio, verdict)
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// heap is what lives on it now.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
