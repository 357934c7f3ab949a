// Command cluster measures the external metrics API under the HPA controller of a
// real control plane: thousands of policies and HPAs on Scaler, against the same on
// the bare library that serves a constant, in interleaved runs.
//
// Scaler polls and decides as ever during its runs. The cluster has API server, etcd
// and the controllers that HPAs need, but no pods: Deployments are objects whose
// status the benchmark writes once. It exits with 1 if the ratio of p99 is above
// -max-ratio, and with 2 if it could not measure, because the machine was busy with
// something else too. The cluster must be built: make cluster.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"
)

type settings struct {
	n, pairs, again    int
	sync, window       time.Duration
	qps, burst         int
	maxRatio, minShare float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&s.n, "n", 2000, "policies, HPAs and Deployments")
	flags.IntVar(&s.pairs, "pairs", 3, "interleaved pairs of runs")
	flags.IntVar(&s.again, "again", 2, "pairs to measure again if they tell nothing")
	flags.DurationVar(&s.sync, "sync", 15*time.Second, "--horizontal-pod-autoscaler-sync-period")
	flags.DurationVar(&s.window, "window", time.Minute, "time that is measured in each run, from when every HPA has a value")
	flags.IntVar(&s.qps, "qps", 1000, "--kube-api-qps of the controller manager; 20 is the default of Kubernetes")
	flags.IntVar(&s.burst, "burst", 2000, "--kube-api-burst of the controller manager; 30 is the default of Kubernetes")
	flags.Float64Var(&s.minShare, "min-share", 0.9, "share of syncs in time that the constant must reach: below, the machine is too busy to measure on")
	flags.Float64Var(&s.maxRatio, "max-ratio", 1.3, "largest ratio of p99 to accept")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if s.n < 1 || s.pairs < 1 || s.sync < time.Second || s.window < 2*s.sync {
		fmt.Fprintln(stderr, "n and pairs: at least 1 each; sync: at least 1s; window: at least two syncs")
		return 2
	}
	r, err := measure(ctx, s, stderr)
	if len(r.pairs) > 0 {
		r.print(stdout, s)
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 2
	case r.ratio() > s.maxRatio:
		return 1
	default:
		return 0
	}
}

// measure returns the pairs that it has, with an error too.
func measure(ctx context.Context, s settings, progress io.Writer) (r result, err error) {
	dir, err := os.MkdirTemp("", "scaler-bench-")
	if err != nil {
		return r, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	w, err := newWorld(ctx, s, dir, progress)
	if err != nil {
		return r, err
	}
	defer w.close()
	for len(r.pairs) < s.pairs+s.again && len(r.good()) < s.pairs {
		p, err := pairOfRuns(ctx, w, len(r.pairs), progress)
		if err != nil {
			return r, err
		}
		if p.doubt = p.valid(s); p.doubt != nil {
			fmt.Fprintf(progress, "pair %d does not count: %v\n", len(r.pairs)+1, p.doubt)
		}
		r.pairs = append(r.pairs, p)
	}
	return r, r.verdict(s)
}

// pairOfRuns measures one after the other, and every other pair the other way round.
func pairOfRuns(ctx context.Context, w *world, i int, progress io.Writer) (p pair, err error) {
	order := []struct {
		adapter adapter
		into    *run
	}{{w.constant, &p.constant}, {w.ours, &p.ours}}
	if i%2 == 1 {
		slices.Reverse(order)
	}
	for _, o := range order {
		if *o.into, err = w.measure(ctx, o.adapter); err != nil {
			return pair{}, fmt.Errorf("measure %s: %w", o.adapter.name, err)
		}
		fmt.Fprintf(progress, "pair %d: %s\n", i+1, o.into)
	}
	return p, nil
}
