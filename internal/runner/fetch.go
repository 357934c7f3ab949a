package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// calls makes calls beside the loop: at most one at a time for each source, at
// most so many in all, each with a deadline, none retried.
type calls struct {
	clock Clock
	log   *slog.Logger
	slots chan struct{}
	group sync.WaitGroup
	in    inbox
	m     *Metrics
	left  *atomic.Int64 // sources of the pipeline not yet attempted
}

// task makes the repeated call of one source.
func (c *calls) task(ctx context.Context, id callID, interval, timeout time.Duration, call func(context.Context)) *task {
	var busy atomic.Bool
	var attempted sync.Once
	left := c.left
	left.Add(1)
	return &task{key: id.key, interval: interval, start: func() {
		if !busy.CompareAndSwap(false, true) {
			return // the call before has not ended
		}
		c.group.Go(func() {
			defer busy.Store(false)
			defer attempted.Do(func() { left.Add(-1) })
			select {
			case c.slots <- struct{}{}:
				defer func() { <-c.slots }()
			case <-ctx.Done():
				return
			}
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			call(ctx)
		})
	}}
}

func (c *calls) poll(ctx context.Context, id callID, p Poll) {
	began := c.clock.Now()
	outcomes, err := fetch(ctx, p, signals.Window{From: began.Wall.Add(-p.Interval), To: began.Wall, Mono: began.Mono})
	if aborted(ctx) {
		return
	}
	end := c.clock.Now()
	c.trace(id, err)
	outcomes = complete(outcomes, p.Source.Subjects(), err)
	for i := range outcomes {
		outcomes[i].At = end
		outcomes[i] = finite(outcomes[i])
	}
	failure := worst(outcomes)
	c.m.fetched(p.Provider, failure, end.Mono-began.Mono)
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	c.in.outcomes = append(c.in.outcomes, outcomes...)
	c.in.note(id, end, failure)
}

func (c *calls) look(ctx context.Context, id callID, l Look) {
	began := c.clock.Now()
	seen, err := observe(ctx, l)
	if aborted(ctx) {
		return
	}
	end := c.clock.Now()
	c.trace(id, err)
	seen, failure := completeLooks(seen, l.Source.Workloads(), err)
	for i := range seen {
		seen[i].At = end
	}
	c.m.fetched(l.Provider, failure, end.Mono-began.Mono)
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	c.in.workloads = append(c.in.workloads, seen...)
	c.in.note(id, end, failure)
}

// aborted tells whether a call was given up because its pipeline ends: that says
// nothing about its provider.
func aborted(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// fetch calls a source. A panic of it is a failed fetch, not the end of the
// process.
func fetch(ctx context.Context, p Poll, w signals.Window) (out []signals.Outcome, err error) {
	defer recovered(&err)
	return p.Source.Fetch(ctx, w)
}

func observe(ctx context.Context, l Look) (out []workload.Observation, err error) {
	defer recovered(&err)
	return l.Source.Observe(ctx)
}

func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &panicked{value: p, stack: debug.Stack()}
	}
}

// panicked is a fault of ours in a source.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// trace logs where a source panicked, once for each.
func (c *calls) trace(id callID, err error) {
	var fault *panicked
	if errors.As(err, &fault) && c.in.firstPanic(id) {
		c.log.Error("a source panicked", "provider", id.provider, "call", id.key, "panic", fmt.Sprint(fault.value), "stack", string(fault.stack))
	}
}

// complete gives every subject an outcome.
func complete(outcomes []signals.Outcome, subjects []signals.Subject, err error) []signals.Outcome {
	have := make(map[signals.Subject]bool, len(outcomes))
	for _, o := range outcomes {
		have[o.Subject] = true
	}
	failure := failureOf(err)
	for _, s := range subjects {
		if !have[s] {
			outcomes = append(outcomes, signals.Outcome{Subject: s, Err: failure})
		}
	}
	return outcomes
}

func completeLooks(seen []workload.Observation, ids []workload.ID, err error) ([]workload.Observation, *signals.Error) {
	have := make(map[workload.ID]bool, len(seen))
	var worst *signals.Error
	for _, o := range seen {
		have[o.ID] = true
		if o.Err != nil {
			worst = o.Err
		}
	}
	for _, id := range ids {
		if !have[id] {
			worst = failureOf(err)
			seen = append(seen, workload.Observation{ID: id, Err: worst})
		}
	}
	return seen, worst
}

// failureOf is the failure of a subject that a fetch gave no outcome for.
func failureOf(err error) *signals.Error {
	var fault *panicked
	switch {
	case err == nil:
		return &signals.Error{Reason: signals.Partial, Detail: "the answer leaves it out"}
	case errors.As(err, &fault):
		return &signals.Error{Reason: signals.Unavailable, Detail: "a fault of Scaler's own while fetching"}
	default:
		return httpx.Failure(err)
	}
}

// finite makes a failure of a sample that no record can hold.
func finite(o signals.Outcome) signals.Outcome {
	for _, s := range o.Samples {
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			o.Samples, o.Err = nil, &signals.Error{Reason: signals.Invalid, Detail: "not a finite number"}
			break
		}
	}
	return o
}

// worst is the first failure among outcomes that says something of the provider:
// an answer without a datapoint does not.
func worst(outcomes []signals.Outcome) *signals.Error {
	for _, o := range outcomes {
		if o.Err != nil && o.Err.Reason != signals.Absent {
			return o.Err
		}
	}
	return nil
}
