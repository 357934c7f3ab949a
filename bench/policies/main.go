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
	"runtime"
	"time"
)

// budgets are the shares of late arrivals at which policies are compared.
func budgets() []float64 { return []float64{0.001, 0.01} }

type settings struct {
	traces, out string
	step        time.Duration
	startUp     time.Duration
	peak        float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, progress io.Writer) error {
	s := settings{}
	f := flag.NewFlagSet("policies", flag.ContinueOnError)
	f.StringVar(&s.traces, "traces", os.Getenv("SCALER_TRACES"), "a directory of CSV files; without it the traffic is generated")
	f.StringVar(&s.out, "o", "bench/RESULTS.md", "the file to write")
	f.DurationVar(&s.step, "step", 5*time.Second, "step of the model")
	f.DurationVar(&s.startUp, "start-up", time.Minute, "of a replica")
	f.Float64Var(&s.peak, "peak", 40, "replicas that the highest load of a trace needs")
	if err := f.Parse(args); err != nil {
		return err
	}
	traffic, err := s.traffic(progress)
	if err != nil {
		return err
	}
	began := time.Now()
	results := make([]result, 0, len(traffic))
	for i, t := range traffic {
		from := time.Now()
		r, err := s.try(ctx, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		results = append(results, r)
		fmt.Fprintf(progress, "%2d of %d  %-28s %6.1f s\n", i+1, len(traffic), t.name, time.Since(from).Seconds())
	}
	text := s.markdown(results, machine(), time.Since(began))
	if err := os.WriteFile(s.out, []byte(text), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("write the results: %w", err)
	}
	fmt.Fprintf(progress, "written to %s\n", s.out)
	return nil
}

func machine() string {
	return fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
