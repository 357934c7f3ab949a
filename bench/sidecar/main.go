// Command sidecar measures the daemon as a sidecar, by what the operating system
// says of its process: resident memory and time of the processor.
//
// It builds both programs, with and without Kubernetes, and runs each on the same
// documents: one scrape signal of a page of metrics, published to moto. It exits
// with 1 if the one without Kubernetes is above a bound, and with 2 if it could not
// measure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

type settings struct {
	run      time.Duration
	interval time.Duration
	maxRSS   float64 // MiB
	maxCPU   float64 // percent of a core
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("sidecar", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&s.run, "for", 10*time.Minute, "how long to measure")
	flags.DurationVar(&s.interval, "interval", 10*time.Second, "between two reads, and two publications: 10s or 60s")
	flags.Float64Var(&s.maxRSS, "max-rss", 40, "largest resident memory to accept, in MiB")
	flags.Float64Var(&s.maxCPU, "max-cpu", 1, "largest share of a core to accept, in percent")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if s.run < 10*time.Second {
		fmt.Fprintln(stderr, "for: at least 10s")
		return 2
	}
	all, err := measure(ctx, s, stderr)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	report(stdout, s, all)
	if all[0].tooMuch(s) {
		return 1
	}
	return 0
}

// measure runs both programs at the same time: the one without Kubernetes first.
func measure(ctx context.Context, s settings, progress io.Writer) ([]*subject, error) {
	dir, err := os.MkdirTemp("", "scaler-sidecar-")
	if err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left harms nobody
	all := []*subject{{name: "nok8s", tags: "nok8s"}, {name: "full"}}
	for _, b := range all {
		fmt.Fprintf(progress, "building the %s program\n", b.name)
		if err := b.build(ctx, dir); err != nil {
			return nil, err
		}
	}
	w, err := startWorld(ctx)
	if err != nil {
		return nil, err
	}
	defer w.stop()
	for _, b := range all {
		if err := b.start(ctx, dir, w, s.interval); err != nil {
			return nil, err
		}
		defer b.stop()
	}
	fmt.Fprintf(progress, "measuring for %s\n", s.run)
	if err := watch(ctx, s.run, all); err != nil {
		return nil, err
	}
	for _, b := range all {
		if err := b.check(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// watch looks at the processes once a second.
func watch(ctx context.Context, span time.Duration, all []*subject) error {
	ctx, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil
			}
			return ctx.Err()
		case <-second.C:
		}
		for _, b := range all {
			if err := b.look(); err != nil {
				return err
			}
		}
	}
}
