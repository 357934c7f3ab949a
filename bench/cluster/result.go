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

// pair are two runs, one after the other.
type pair struct {
	constant, ours run
	doubt          error // why they tell nothing
}

func (p pair) ratio() float64 { return float64(p.ours.p99) / float64(p.constant.p99) }

// valid says why a pair tells nothing. Ours may be slow, the constant may not.
func (p pair) valid(s settings) error {
	if p.constant.failed > 0 {
		return fmt.Errorf("%d reads of the constant failed", p.constant.failed)
	}
	if p.constant.inTime < s.minShare {
		return fmt.Errorf("only %.0f %% of the HPAs on the constant were synced in time: the machine is too busy to measure on", 100*p.constant.inTime)
	}
	return nil
}

// result are all pairs in their order.
type result struct{ pairs []pair }

// good are the pairs that count.
func (r result) good() []pair {
	var good []pair
	for _, p := range r.pairs {
		if p.doubt == nil {
			good = append(good, p)
		}
	}
	return good
}

// counted are the good pairs, or all if there are none: so that what was measured
// shows.
func (r result) counted() []pair {
	if good := r.good(); len(good) > 0 {
		return good
	}
	return r.pairs
}

// ratio is that of p99, the median of the pairs.
func (r result) ratio() float64 { return median(r.counted(), pair.ratio) }

// verdict is an error if too few pairs count for there to be one.
func (r result) verdict(s settings) error {
	if n := len(r.good()); n < s.pairs {
		return fmt.Errorf("no verdict: only %d of %d pairs count", n, s.pairs)
	}
	return nil
}

// median of what f makes of each; of an even number the lower one.
func median[T any, V cmp.Ordered](all []T, f func(T) V) V {
	vs := make([]V, len(all))
	for i, v := range all {
		vs[i] = f(v)
	}
	slices.Sort(vs)
	return percentile(vs, 0.5)
}

func (r result) print(w io.Writer, s settings) {
	fmt.Fprintf(w, "%d cores, %s %s/%s, shared by etcd, kube-apiserver, kube-controller-manager, the adapter, the source and the benchmark\n",
		runtime.GOMAXPROCS(0), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "%d HPAs, each on a metric of its own, synced every %s; controller manager with --kube-api-qps=%d --kube-api-burst=%d\n", s.n, s.sync, s.qps, s.burst)
	fmt.Fprintf(w, "scaler: %d policies with one HTTP signal each, polled every 15s; constant: the bare library\n", s.n)
	fmt.Fprintf(w, "reads are those of the HPA controller, timed by the API server, in %s from when every HPA had a value\n\n", s.window)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "pair\tadapter\tfirst values\treads\tfailed\tsynced in time\tthrottled\tp50\tp99\tCPU\tmemory\t\n")
	line := func(name string, r run) {
		fmt.Fprintf(t, "%s\t%s\t%.1f s\t%d\t%d\t%.1f %%\t%.1f %%\t%s\t%s\t%.1f s/min\t%d MiB\t\n", name, r.name, r.first.Seconds(),
			r.reads, r.failed, 100*r.inTime, 100*r.throttled, round(r.p50), round(r.p99), r.cpu.Seconds(), r.memory>>20)
	}
	for i, p := range r.pairs {
		line(strconv.Itoa(i+1), p.constant)
		line("", p.ours)
	}
	line("median", r.of(func(p pair) run { return p.constant }))
	line("", r.of(func(p pair) run { return p.ours }))
	_ = t.Flush() // standard output is gone, then
	fmt.Fprintf(w, "\nfirst values    from the adapter's start until every HPA had read a number; HPAs read every %s\n", s.sync)
	fmt.Fprintf(w, "synced in time  read at most %s after the last time\n", s.sync+late)
	fmt.Fprintf(w, "throttled       of the time of the controllers' requests, what they waited in their client's limiter\n")
	for i, p := range r.pairs {
		fmt.Fprintf(w, "p99 of pair %d   %.2f times the constant's", i+1, p.ratio())
		if p.doubt != nil {
			fmt.Fprintf(w, "; does not count: %v", p.doubt)
		}
		fmt.Fprintln(w)
	}
	verdict := "ok"
	if err := r.verdict(s); err != nil {
		verdict = err.Error()
	} else if r.ratio() > s.maxRatio {
		verdict = "too slow"
	}
	fmt.Fprintf(w, "p99             %.2f times the constant's, at most %.2f: %s\n", r.ratio(), s.maxRatio, verdict)
}

// of has the median of each figure.
func (r result) of(side func(pair) run) run {
	var runs []run
	for _, p := range r.counted() {
		runs = append(runs, side(p))
	}
	return run{
		name:      runs[0].name,
		first:     median(runs, func(r run) time.Duration { return r.first }),
		reads:     median(runs, func(r run) int { return r.reads }),
		failed:    median(runs, func(r run) int { return r.failed }),
		inTime:    median(runs, func(r run) float64 { return r.inTime }),
		throttled: median(runs, func(r run) float64 { return r.throttled }),
		p50:       median(runs, func(r run) time.Duration { return r.p50 }),
		p99:       median(runs, func(r run) time.Duration { return r.p99 }),
		cpu:       median(runs, func(r run) time.Duration { return r.cpu }),
		memory:    median(runs, func(r run) int64 { return r.memory }),
	}
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
