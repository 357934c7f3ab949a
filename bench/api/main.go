// Command api measures the external metrics API: our board behind our server
// against the same library serving a constant, in pairs of interleaved runs.
//
// During all runs, the constant's too, an engine ticks all policies on changing
// signals every second and publishes to the board, so that both carry the same
// load. It exits with 1 if the ratio of p99 is above -max-ratio, and with 2 if it
// could not measure, because the machine was busy with something else too.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"time"

	"k8s.io/klog/v2"
)

type settings struct {
	policies, clients, pairs int
	probe, run, slice        time.Duration
	maxRatio, minShare       float64
	minRequests, again       int
}

func main() {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler)) // before the library starts goroutines
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&s.policies, "policies", 10_000, "policies, with one signal each")
	flags.IntVar(&s.clients, "clients", 8, "keep-alive clients over TLS and HTTP/2")
	flags.IntVar(&s.pairs, "pairs", 5, "interleaved pairs of runs")
	flags.DurationVar(&s.probe, "probe", 4*time.Second, "time to find the constant's maximum rate")
	flags.DurationVar(&s.run, "run", 6*time.Second, "time of each run")
	flags.DurationVar(&s.slice, "slice", time.Second, "time after which a pair of runs turns to the other")
	flags.IntVar(&s.minRequests, "min-requests", 5000, "requests that a run must have for its p99 to mean anything")
	flags.IntVar(&s.again, "again", 3, "pairs to measure again if they tell nothing")
	flags.Float64Var(&s.minShare, "min-share", 0.9, "share of its rate that the constant must reach: below, the machine is too busy to measure on")
	flags.Float64Var(&s.maxRatio, "max-ratio", 1.3, "largest ratio of p99 to accept")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if s.policies < 1 || s.clients < 1 || s.pairs < 1 || s.run <= 0 || s.slice <= 0 {
		fmt.Fprintln(stderr, "policies, clients and pairs: at least 1 each; run and slice: above 0")
		return 2
	}
	r, err := measure(ctx, s, stderr)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	r.print(stdout, s)
	if r.ratio > s.maxRatio {
		return 1
	}
	return 0
}

// measure does everything, with a line of progress for each run.
func measure(ctx context.Context, s settings, progress io.Writer) (result, error) {
	before := heap()
	l, err := newLoad(ctx, s.policies)
	if err != nil {
		return result{}, err
	}
	r := result{bytesPerPolicy: float64(heap()-before) / float64(s.policies)}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	targets, wait, err := startTargets(ctx, l, s.clients)
	if err != nil {
		return result{}, err
	}
	defer func() { targets.close(); cancel(); wait() }()
	ticking := make(chan struct{})
	go func() { defer close(ticking); l.run(ctx) }()
	defer func() { cancel(); <-ticking }()

	if r.maxRate, err = maxRate(ctx, targets.constant, s); err != nil {
		return result{}, err
	}
	fmt.Fprintf(progress, "the constant's maximum: %.0f requests/s\n", r.maxRate)
	for again := s.again; len(r.pairs) < s.pairs; {
		p, err := pairOfRuns(ctx, targets, s, r.maxRate/2, len(r.pairs))
		if err != nil {
			return result{}, err
		}
		if err := p.valid(s, r.maxRate/2); err != nil {
			if again--; again < 0 {
				return result{}, err
			}
			fmt.Fprintf(progress, "measured again: %v\n", err)
			continue
		}
		r.pairs = append(r.pairs, p)
		fmt.Fprintf(progress, "pair %d: p99 %s constant, %s ours\n", len(r.pairs), round(p.constant.p99), round(p.ours.p99))
	}
	r.ticks = l.times()
	r.finish()
	return r, nil
}

// pairOfRuns turns from one target to the other after each slice, so that what
// else the machine does falls on both.
func pairOfRuns(ctx context.Context, t targets, s settings, rate float64, i int) (pair, error) {
	var p pair
	order := []struct {
		target target
		into   *run
	}{{t.constant, &p.constant}, {t.ours, &p.ours}}
	if i%2 == 1 {
		slices.Reverse(order)
	}
	for done := time.Duration(0); done < s.run; done += s.slice {
		for _, o := range order {
			measured, err := drive(ctx, o.target, rate, min(s.slice, s.run-done))
			if err != nil {
				return pair{}, err
			}
			o.into.add(measured)
		}
	}
	p.constant.finish()
	p.ours.finish()
	return p, nil
}

// maxRate is what the clients reach together, in the best slice: what another
// program on the machine takes away is not the library's.
func maxRate(ctx context.Context, t target, s settings) (best float64, err error) {
	for done := time.Duration(0); done < s.probe; done += s.slice {
		r, err := drive(ctx, t, 0, min(s.slice, s.probe-done))
		if err != nil {
			return 0, err
		}
		r.finish()
		best = max(best, r.rate)
	}
	return best, nil
}
