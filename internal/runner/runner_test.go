package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	backlog = signals.Subject{Provider: "aws", Query: "backlog"}
	orders  = policy.ID{Namespace: "shop", Name: "orders"}
)

// source is a server's stand-in: what it does is up to the test.
type source struct {
	calls atomic.Int64
	do    func(ctx context.Context, call int64) ([]signals.Outcome, error)
}

func (s *source) Subjects() []signals.Subject { return []signals.Subject{backlog} }

func (s *source) Fetch(ctx context.Context, _ signals.Window) ([]signals.Outcome, error) {
	return s.do(ctx, s.calls.Add(1))
}

func answering(v float64) *source {
	return &source{do: func(context.Context, int64) ([]signals.Outcome, error) {
		return []signals.Outcome{{Subject: backlog, Samples: []signals.Sample{{Value: v}}}}, nil
	}}
}

// sink keeps what it is handed.
type sink struct {
	mu    sync.Mutex
	all   []string // decisions as JSON
	count int
	do    func(ctx context.Context) error
}

func (s *sink) Publish(ctx context.Context, ds []policy.Decision) error {
	s.mu.Lock()
	s.count++
	for _, d := range ds {
		raw, err := json.Marshal(d)
		if err != nil {
			s.mu.Unlock()
			return err
		}
		s.all = append(s.all, string(raw))
	}
	s.mu.Unlock()
	if s.do != nil {
		return s.do(ctx)
	}
	return nil
}

func (s *sink) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

func specOf(amount float64) engine.Spec {
	p := policy.New(policy.Settings{ID: orders, Min: 1, Max: 50, Demands: []policy.NamedDemand{
		{Name: "drain", Demand: demand.PerReplica{Signal: "backlog", Amount: amount}},
	}})
	rules := signals.Rules{Kind: signals.Total, FreshFor: 45 * time.Second, HoldFor: 10 * time.Minute, Max: signals.MaxValue}
	return engine.Spec{
		Subjects: []engine.Subject{{Subject: backlog, Interval: 15 * time.Second}},
		Policies: []engine.Policy{{ID: orders, Policy: p, Signals: []engine.Signal{{Name: "backlog", Subject: backlog, Rules: rules}}}},
	}
}

func pipelineOf(s *source, sinks ...Sink) *Pipeline {
	return &Pipeline{
		Hash: "aaaaaaaaaaaaaaaa", Tick: time.Second, Spec: specOf(10), Sinks: sinks,
		Polls: []Poll{{Provider: "aws", Source: s, Interval: 15 * time.Second, Timeout: 5 * time.Second}},
	}
}

func settings() Settings {
	return Settings{
		Clock: clock.New(), Log: slog.New(slog.DiscardHandler), MaxConcurrent: 4,
		Metrics: NewMetrics(prometheus.NewRegistry()),
	}
}

// during runs a pipeline in a bubble of virtual time until the test's part ends.
func during(t *testing.T, s func() Settings, p *Pipeline, part func(r *Runner)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := New(s())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Run(ctx, p, engine.State{}) }()
		part(r)
		cancel()
		<-done
	})
}

func wait(d time.Duration) {
	time.Sleep(d) // virtual
	synctest.Wait()
}

func desired(t *testing.T, r *Runner) policy.Desired {
	t.Helper()
	d, ok := r.Status().Decision(orders)
	require.True(t, ok)
	return d.Desired
}

func TestPollsBecomeDecisions(t *testing.T) {
	s, k := answering(37), &sink{}
	during(t, settings, pipelineOf(s, Sink{Name: "k", Sink: k}), func(r *Runner) {
		wait(time.Minute)
		require.Equal(t, policy.Replicas(4), desired(t, r))
		require.InDelta(t, 4, s.calls.Load(), 1, "once per interval")
		require.InDelta(t, 60, k.times(), 1, "after every tick")
		require.True(t, r.Status().AllPolled)
	})
}

func TestTheFirstPollDoesNotWaitForItsPhase(t *testing.T) {
	s := answering(37)
	during(t, settings, pipelineOf(s), func(*Runner) {
		wait(firstWithin)
		require.EqualValues(t, 1, s.calls.Load())
	})
}

func TestAHangingSourceHoldsUpNothing(t *testing.T) {
	s := &source{do: func(ctx context.Context, _ int64) ([]signals.Outcome, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	during(t, settings, pipelineOf(s), func(r *Runner) {
		wait(time.Minute)
		require.InDelta(t, 60, r.Status().Ticks, 1)
		require.Equal(t, signals.Timeout, r.Status().Providers[0].Last.Reason)
		require.LessOrEqual(t, s.calls.Load(), int64(5), "no more calls than in health")
	})
}

func TestACallThatOverstaysIsNotDoubled(t *testing.T) {
	var under, most atomic.Int64
	s := &source{do: func(context.Context, int64) ([]signals.Outcome, error) {
		most.Store(max(most.Load(), under.Add(1)))
		defer under.Add(-1)
		time.Sleep(40 * time.Second) // deaf to its context
		return nil, errors.New("late")
	}}
	during(t, settings, pipelineOf(s), func(*Runner) {
		wait(3 * time.Minute)
		require.EqualValues(t, 1, most.Load())
	})
}

func TestAPanicOfASourceIsAFailedFetch(t *testing.T) {
	s := &source{do: func(context.Context, int64) ([]signals.Outcome, error) { panic("oops") }}
	during(t, settings, pipelineOf(s), func(r *Runner) {
		wait(20 * time.Second)
		require.Equal(t, signals.Unavailable, r.Status().Subjects[0].Last.Reason)
	})
}

func TestASubjectLeftOutIsPartial(t *testing.T) {
	s := &source{do: func(context.Context, int64) ([]signals.Outcome, error) { return nil, nil }}
	during(t, settings, pipelineOf(s), func(r *Runner) {
		wait(20 * time.Second)
		require.Equal(t, signals.Partial, r.Status().Subjects[0].Last.Reason)
	})
}

func TestASlowSinkHoldsUpNothingAndIsCalledOnceAPeriod(t *testing.T) {
	slow := &sink{do: func(ctx context.Context) error { <-ctx.Done(); return errors.New("no answer") }}
	p := pipelineOf(answering(37), Sink{Name: "slow", Sink: slow, Period: 10 * time.Second, Timeout: 5 * time.Second})
	during(t, settings, p, func(r *Runner) {
		wait(65 * time.Second)
		require.InDelta(t, 65, r.Status().Ticks, 1)
		require.InDelta(t, 7, slow.times(), 1)
		require.Equal(t, "no answer", r.Status().Sinks[0].Last)
	})
}

func TestReload(t *testing.T) {
	var next atomic.Pointer[Pipeline]
	s := answering(37)
	with := func() Settings {
		set := settings()
		set.Load = func(context.Context) (*Pipeline, error) {
			if p := next.Load(); p != nil {
				return p, nil
			}
			return nil, errors.New("scaler.yaml:3:1: spec.demand: required")
		}
		return set
	}
	during(t, with, pipelineOf(s), func(r *Runner) {
		wait(time.Minute)
		require.Equal(t, policy.Replicas(4), desired(t, r))

		r.Changed()
		wait(2 * time.Second)
		require.Equal(t, policy.Replicas(4), desired(t, r), "a bad file keeps the last good one running")
		require.True(t, r.Status().Config.LastFailed)
		require.Contains(t, r.Status().Config.Failure, "spec.demand")

		p := pipelineOf(s)
		p.Hash, p.Spec = "bbbbbbbbbbbbbbbb", specOf(5)
		next.Store(p)
		r.Changed()
		wait(2 * time.Second)
		require.False(t, r.Status().Config.LastFailed)
		require.Equal(t, policy.Replicas(8), desired(t, r), "at once, on what was known")
	})
}

func TestALiftIsPartOfTheNextTick(t *testing.T) {
	var record bytes.Buffer
	with := func() Settings {
		set := settings()
		set.Record = NewRecorder(&record)
		return set
	}
	during(t, with, pipelineOf(answering(1)), func(r *Runner) {
		wait(5 * time.Second)
		r.Lift("aws")
		wait(2 * time.Second)
	})
	var lifted [][]string
	require.NoError(t, ReadRecord(&record, func(l Line) error {
		if l.Tick != nil && l.Tick.Lift != nil {
			lifted = append(lifted, l.Tick.Lift)
		}
		return nil
	}))
	require.Equal(t, [][]string{{"aws"}}, lifted)
}

func TestARecordGivesTheRunAgain(t *testing.T) {
	var record bytes.Buffer
	s := &source{do: func(_ context.Context, call int64) ([]signals.Outcome, error) {
		if call%4 == 0 {
			return nil, &signals.Error{Reason: signals.Throttled}
		}
		return []signals.Outcome{{Subject: backlog, Samples: []signals.Sample{{Value: float64(call * 7 % 50)}}}}, nil
	}}
	k := &sink{}
	with := func() Settings {
		set := settings()
		set.Record = NewRecorder(&record)
		return set
	}
	during(t, with, pipelineOf(s, Sink{Name: "k", Sink: k}), func(*Runner) { wait(10 * time.Minute) })

	again := engine.New(specOf(10), engine.State{})
	var got []string
	var now []Decided
	require.NoError(t, ReadRecord(&record, func(l Line) error {
		if l.Header != nil {
			require.Equal(t, "aaaaaaaaaaaaaaaa", l.Hash)
			return nil
		}
		if l.Tick == nil {
			require.Equal(t, now, l.Decided, "what was decided, right after its tick")
			return nil
		}
		now = nil
		for _, d := range again.Step(*l.Tick) {
			raw, err := json.Marshal(d)
			require.NoError(t, err)
			got = append(got, string(raw))
			decided, err := DecidedOf(d)
			require.NoError(t, err)
			now = append(now, decided)
		}
		return nil
	}))
	require.NotEmpty(t, got)
	require.Equal(t, k.all, got, "trails included")
}

type brokenDisk struct{}

func (brokenDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestABrokenRecordStopsNothing(t *testing.T) {
	with := func() Settings {
		set := settings()
		set.Record = NewRecorder(brokenDisk{})
		return set
	}
	during(t, with, pipelineOf(answering(37)), func(r *Runner) {
		wait(time.Minute)
		require.Equal(t, policy.Replicas(4), desired(t, r))
	})
}

func TestReadRecordRefuses(t *testing.T) {
	for _, line := range []string{"{", "{}", `{"record":"x","tick":{}}`, `{"tick":{},"decided":[{}]}`} {
		err := ReadRecord(bytes.NewBufferString(line), func(Line) error { return nil })
		require.ErrorContains(t, err, "line 1")
	}
}

func TestMetricsAreWellNamed(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	m := NewMetrics(reg)
	m.fetched("aws", nil, time.Second)
	m.published("stdout", nil)
	m.ticked(time.Millisecond)
	reg.MustRegister(NewStanding(func() *Status { return &Status{Guards: []engine.Guard{{Provider: "aws"}}} }))
	problems, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	require.Empty(t, problems)
}
