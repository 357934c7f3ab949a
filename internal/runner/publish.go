package runner

import (
	"context"
	"sync"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// sinkRun is a sink and how it fares.
type sinkRun struct {
	Sink

	period int64 // the last period published in
	mu     sync.Mutex
	busy   bool       // guarded by mu
	status SinkStatus // guarded by mu
}

// newSinkRuns starts the sinks of a pipeline; counts of sinks that stay are kept.
func newSinkRuns(sinks []Sink, old []*sinkRun) []*sinkRun {
	out := make([]*sinkRun, len(sinks))
	for i, s := range sinks {
		out[i] = &sinkRun{Sink: s, status: SinkStatus{Sink: s.Name}}
		for _, o := range old {
			if o.Name == s.Name {
				out[i].status = o.snapshot()
				out[i].period = o.period
			}
		}
	}
	return out
}

// publish hands decisions to every sink: in the loop where that only swaps memory,
// else once a period, beside it, and not while the publication before goes on.
func (r *Runner) publish(ctx context.Context, now signals.Instant, ds []policy.Decision) {
	for _, s := range r.sinks {
		if s.Period == 0 {
			r.hand(ctx, s, ds)
			continue
		}
		period := now.Wall.UnixNano() / int64(s.Period)
		if period == s.period || len(ds) == 0 || !s.begin() {
			continue
		}
		s.period = period
		r.calls.group.Go(func() {
			defer s.end()
			ctx, cancel := context.WithTimeout(ctx, r.left(now.Mono, s.Timeout))
			defer cancel()
			r.hand(ctx, s, ds)
		})
	}
}

// left is the time that a call may take: its time-out, but no longer than the loop
// may act.
func (r *Runner) left(now, timeout time.Duration) time.Duration {
	if r.Until == nil {
		return timeout
	}
	return min(timeout, r.Until()-now)
}

func (r *Runner) hand(ctx context.Context, s *sinkRun, ds []policy.Decision) {
	err := s.Sink.Sink.Publish(ctx, ds)
	r.Metrics.published(s.Name, err)
	s.note(r.Clock.Now(), err)
}

func (s *sinkRun) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy {
		return false
	}
	s.busy = true
	return true
}

func (s *sinkRun) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
}

func (s *sinkRun) note(at signals.Instant, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.LastAt, s.status.Last = at, ""
	s.status.Published++
	if err != nil {
		s.status.Failures++
		s.status.Last = err.Error()
	}
}

func (s *sinkRun) snapshot() SinkStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}
