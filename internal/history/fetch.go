package history

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/signals/prometheus"
)

const (
	// callTimeout bounds a call and its pages.
	callTimeout = 3 * httpx.CallTimeout
	// attempts is how often a call is made that fails for a while.
	attempts = 3
)

// Series is the past of a column by the begin of each step. What is not in it is not
// known.
type Series map[time.Time]float64

// Past is what was fetched.
type Past struct {
	Traffic Series
	// Seen has a series for each column of the plan; nil: Faults tells why there is none.
	Seen   []Series
	Faults []string
}

// Settings are what Fetch is made of.
type Settings struct {
	Providers map[string]*v1alpha1.SignalProvider
	// Progress is told how much of the work is done, from 0 to 1; nil: nobody is.
	Progress func(share float64)
	// Observe gives what is told of the calls to a provider of AWS; nil: nobody is.
	Observe func(provider string) awsx.Observer
	// Pause waits before another attempt, or until ctx ends.
	Pause func(ctx context.Context, d time.Duration)
}

// Fetch reads the columns of a plan, a part of the window at a time, one call after
// another. A failure of the traffic ends it; a column that was only to be looked at is
// left out, and Faults says so. It publishes nothing.
func Fetch(ctx context.Context, s Settings, p Plan, w Window) (*Past, error) {
	f := &fetch{Settings: s, window: w, total: (1 + len(p.Seen)) * len(w.chunks())}
	out := &Past{}
	var err error
	if out.Traffic, err = f.column(ctx, p.Traffic); err != nil {
		return nil, fmt.Errorf("fetch %s: %w", p.Traffic.What, err)
	}
	if len(out.Traffic) == 0 {
		return nil, fmt.Errorf("fetch %s: there is not one datapoint from %s to %s", p.Traffic.What, w.From.Format(time.RFC3339), w.To.Format(time.RFC3339))
	}
	for _, c := range p.Seen {
		series, err := f.column(ctx, c)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			out.Faults = append(out.Faults, fmt.Sprintf("%s is left out: %s", c.What, err))
		case len(series) == 0:
			out.Faults = append(out.Faults, c.What+" is empty: there is not one datapoint")
		}
		out.Seen = append(out.Seen, series)
	}
	return out, nil
}

// fetch is a fetch under way.
type fetch struct {
	Settings

	window      Window
	done, total int
}

// reader reads a part of the window.
type reader func(ctx context.Context, w signals.Window) (Series, error)

// column reads a column from begin to end.
func (f *fetch) column(ctx context.Context, c Column) (Series, error) {
	read, closeIt, err := f.reader(ctx, c)
	if err != nil {
		return nil, err
	}
	defer closeIt()
	all := Series{}
	for _, w := range f.window.chunks() {
		part, err := f.attempt(ctx, read, w)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, part)
		if f.done++; f.Progress != nil {
			f.Progress(float64(f.done) / float64(f.total))
		}
	}
	return all, nil
}

// attempt calls again what may do better in a moment.
func (f *fetch) attempt(ctx context.Context, read reader, w signals.Window) (s Series, err error) {
	for n := range attempts {
		if n > 0 {
			f.Pause(ctx, time.Duration(n)*time.Second)
		}
		call, cancel := context.WithTimeout(ctx, callTimeout)
		s, err = read(call, w)
		cancel()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !passing(err) {
			break
		}
	}
	return s, err
}

// passing tells failures that may be over in a moment.
func passing(err error) bool {
	failure, ok := errors.AsType[*signals.Error](err)
	if !ok {
		return false
	}
	switch failure.Reason { //nolint:exhaustive // the others are there to stay
	case signals.Throttled, signals.Timeout, signals.Unavailable, signals.Partial:
		return true
	}
	return false
}

// reader makes what reads a column, and what ends it.
func (f *fetch) reader(ctx context.Context, c Column) (reader, func(), error) {
	spec := f.Providers[c.Provider].Spec
	if c.cloudWatch() {
		var observers []awsx.Observer
		if f.Observe != nil {
			observers = append(observers, f.Observe(c.Provider))
		}
		p, err := awsx.New(ctx, *spec.AWS, observers...)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, w signals.Window) (Series, error) { return c.read(ctx, p, w, f.window.Step) }, p.Close, nil
	}
	h, err := prometheus.NewHistory(*spec.Prometheus, *c.prometheus, c.freshFor.Duration) //nolint:contextcheck // credentials are fetched by calls, under theirs
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, w signals.Window) (Series, error) {
		samples, err := h.Read(ctx, w, f.window.Step)
		return byTime(samples), err
	}, h.Close, nil
}

// read sums a column's metrics. A metric without a datapoint is 0 while the sentinel
// proves it; without proof the sum is not known.
func (c *Column) read(ctx context.Context, p *awsx.Provider, w signals.Window, step time.Duration) (Series, error) {
	asked := c.metrics
	if c.sentinel != nil {
		asked = append(slices.Clip(asked), *c.sentinel)
	}
	found, err := cloudwatch.History(ctx, p, asked, w, step)
	if err != nil {
		return nil, err
	}
	var proof Series
	if c.sentinel != nil {
		proof = byTime(found[len(c.metrics)])
	}
	parts := make([]Series, len(c.metrics))
	for i := range parts {
		parts[i] = byTime(found[i])
	}
	out := Series{}
	for at := w.From; at.Before(w.To); at = at.Add(step) {
		if v, known := c.sum(parts, proof, at.UTC(), step); known {
			out[at.UTC()] = v
		}
	}
	return out, nil
}

func (c *Column) sum(parts []Series, proof Series, at time.Time, step time.Duration) (total float64, known bool) {
	level, proven := proof[at]
	proven = proven && level > c.above
	for _, part := range parts {
		v, ok := part[at]
		if !ok && !proven {
			return 0, false
		}
		total += v
	}
	if c.counts {
		total /= step.Seconds()
	}
	return total, true
}

func byTime(samples []signals.Sample) Series {
	out := make(Series, len(samples))
	for _, s := range samples {
		out[s.At] = s.Value
	}
	return out
}
