package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/bench/trace"
)

// traffic is a trace under its name.
type traffic struct {
	name string
	*trace.Trace
}

func (s settings) traffic(progress io.Writer) ([]traffic, error) {
	if s.traces == "" {
		fmt.Fprintln(progress, "no directory of traces is named (-traces, SCALER_TRACES): the traffic is generated")
		return generated(s.step), nil
	}
	names, err := filepath.Glob(filepath.Join(s.traces, "*.csv"))
	if err != nil {
		return nil, fmt.Errorf("list traces: %w", err)
	}
	if len(names) == 0 {
		fmt.Fprintf(progress, "there are no CSV files in %s: the traffic is generated\n", s.traces)
		return generated(s.step), nil
	}
	slices.Sort(names)
	out := make([]traffic, 0, len(names))
	for _, name := range names {
		t, err := s.readShort(name)
		if err != nil {
			return nil, err
		}
		out = append(out, traffic{strings.TrimSuffix(filepath.Base(name), ".csv"), t})
	}
	return out, nil
}

// most steps of a trace; longer ones are replayed in longer steps.
const most = 400_000

func (s settings) readShort(name string) (*trace.Trace, error) {
	t, err := read(name, s.step)
	if err != nil || t.Len() <= most {
		return t, err
	}
	return read(name, s.step*time.Duration(t.Len()/most+1))
}

func read(name string, step time.Duration) (*trace.Trace, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open trace: %w", err)
	}
	defer f.Close()
	t, err := trace.Read(f, step)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(name), err)
	}
	return t, nil
}

// generated are three days of each kind that is easy to tell: a smooth wave, a noisy
// one, and one with a flash crowd.
func generated(step time.Duration) []traffic {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	day := trace.Shape{Start: start, Step: step, Length: 3 * 24 * time.Hour, Mean: 100, Swing: 0.7, Noise: 0.02, Seed: 1}
	noisy, crowd := day, day
	noisy.Noise, noisy.Seed = 0.2, 2
	crowd.CrowdAt, crowd.Rise, crowd.Hold, crowd.CrowdBy, crowd.Seed = 38*time.Hour, 5*time.Minute, time.Hour, 4, 3
	return []traffic{
		{"generated_smooth", trace.Generate(day)}, {"generated_noisy", trace.Generate(noisy)}, {"generated_crowd", trace.Generate(crowd)},
	}
}

// initial replicas are what the first load needs at the usual utilisation.
func (t traffic) initial(capacity float64) int {
	for _, v := range t.Loads() {
		if !math.IsNaN(v) {
			return max(1, int(math.Ceil(v/capacity/busy)))
		}
	}
	return 1
}

// highest is the highest known load.
func (t traffic) highest() float64 {
	most := 0.0
	for _, v := range t.Loads() {
		if !math.IsNaN(v) {
			most = max(most, v)
		}
	}
	return most
}
