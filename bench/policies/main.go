// The program policies tries Scaler's policies and the autoscalers that people run on
// every trace of a directory, and writes what it found to a file of Markdown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"time"
)

// budgets are the shares of late arrivals at which policies are compared.
func budgets() []float64 { return []float64{0.001, 0.01} }

type settings struct {
	traces, out            string
	step                   time.Duration
	startUp                time.Duration
	peak                   float64
	isQuick, noOracle      bool
	only, policies, queues pattern
}

// pattern of names, as a flag.
type pattern struct{ *regexp.Regexp }

func matching(text string) pattern { return pattern{regexp.MustCompile(text)} }

// Set is flag.Value's.
func (p *pattern) Set(text string) (err error) {
	p.Regexp, err = regexp.Compile(text)
	return err
}

// String is flag.Value's.
func (p *pattern) String() string {
	if p.Regexp == nil {
		return ""
	}
	return p.Regexp.String()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func parse(args []string) (settings, error) {
	s := settings{only: matching(""), policies: matching(""), queues: matching(queues)}
	f := flag.NewFlagSet("policies", flag.ContinueOnError)
	f.StringVar(&s.traces, "traces", os.Getenv("SCALER_TRACES"), "a directory of CSV files; without it the traffic is generated")
	f.StringVar(&s.out, "o", "bench/RESULTS.md", "the file to write")
	f.DurationVar(&s.step, "step", 5*time.Second, "step of the model")
	f.DurationVar(&s.startUp, "start-up", time.Minute, "of a replica")
	f.Float64Var(&s.peak, "peak", 40, "replicas that the highest load of a trace needs")
	f.BoolVar(&s.isQuick, "quick", false, "print what our policies do with their default settings, and write no file")
	f.BoolVar(&s.noOracle, "no-oracle", false, "with -quick: leave the oracle out, which takes most of the time")
	f.Var(&s.only, "only", "a regular expression: only traces whose names it matches")
	f.Var(&s.policies, "policies", "with -quick, a regular expression: only policies of ours whose names it matches")
	f.Var(&s.queues, "queues", "a regular expression: traces whose names it matches are tried as queues, too")
	return s, f.Parse(args)
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	all, err := s.traffic(progress)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(t traffic) bool { return !s.only.MatchString(t.name) })
	if s.isQuick {
		return s.quick(ctx, all, out, progress)
	}
	return s.full(ctx, all, progress)
}

func machine() string {
	return fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
