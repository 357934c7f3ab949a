package runner

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Clock reads the present instant.
type Clock interface{ Now() signals.Instant }

// Settings are what a runner is made of.
type Settings struct {
	Clock Clock
	Log   *slog.Logger
	// Load makes a pipeline of the documents as they are now. It is called at a
	// change, beside the loop; an error keeps the pipeline that runs.
	Load func(context.Context) (*Pipeline, error)
	// MaxConcurrent bounds the calls under way at once.
	MaxConcurrent int
	Record        *Recorder // nil: no record
	Metrics       *Metrics
	// Feeds are told of every tick.
	Feeds []Feed
	// Until is when, on the monotonic clock, the loop has to stop, unless it says
	// later when asked again: a leader's time is limited. Nil: never.
	Until func() time.Duration
}

// Feed is told of ticks before they are stepped, in the loop: it must not wait.
type Feed interface {
	// Documents tells of the pipeline that the ticks after it run through.
	Documents(p *Pipeline)
	// Tick tells of a tick; state copies what the engine remembers before it.
	Tick(t engine.Tick, state func() engine.State)
}

// Runner is the loop.
type Runner struct {
	Settings

	calls   calls
	status  atomic.Pointer[Status]
	changed chan struct{}
	loaded  chan reload

	// Owned by the loop.
	pipeline *Pipeline
	engine   *engine.Engine
	schedule *schedule
	sinks    []*sinkRun
	stop     context.CancelFunc // ends the pipeline's calls
	uses     map[signals.Subject][]Use
	journal  journal
	config   ConfigStatus
	nextTick time.Duration
	ticks    int64
	loading  bool // a load is under way
	again    bool // the documents changed since it began
	polled   bool // by whoever led before
}

type reload struct {
	pipeline *Pipeline
	err      error
}

// New makes a runner.
func New(s Settings) *Runner {
	r := &Runner{
		Settings: s, changed: make(chan struct{}, 1), loaded: make(chan reload, 1),
		calls:   calls{clock: s.Clock, log: s.Log, slots: make(chan struct{}, max(1, s.MaxConcurrent)), m: s.Metrics},
		journal: newJournal(s.Log),
	}
	r.calls.in.providers = map[string]*ProviderStatus{}
	return r
}

// TakesOver says, before Run, that the state to go on from is of a process whose
// every poll had been attempted: that counts as if they were this loop's.
func (r *Runner) TakesOver() { r.polled = true }

// Status is how the loop stands after the latest tick; nil before the first.
func (r *Runner) Status() *Status { return r.status.Load() }

// Lift resets a provider's mass guard at the next tick.
func (r *Runner) Lift(provider string) {
	r.calls.in.mu.Lock()
	defer r.calls.in.mu.Unlock()
	r.calls.in.lifts = append(r.calls.in.lifts, provider)
}

// Changed says that the documents may have changed. It does not wait.
func (r *Runner) Changed() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// Run goes on from a state and loops until ctx ends, or its time is over. It
// returns when every call has ended, with what is remembered then.
func (r *Runner) Run(ctx context.Context, first *Pipeline, from engine.State) engine.State {
	r.install(ctx, first, from)
	r.loop(ctx)
	r.stop()
	r.calls.group.Wait()
	return r.engine.State()
}

func (r *Runner) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.changed:
			r.load(ctx)
		case l := <-r.loaded:
			r.reload(ctx, l)
		case <-timer.C:
			if r.over() {
				r.Log.Warn("stopped deciding, the lease was not renewed in time")
				return
			}
			r.advance(ctx)
		}
		timer.Reset(r.untilNext())
	}
}

// over tells whether the time to act has run out.
func (r *Runner) over() bool { return r.Until != nil && r.Clock.Now().Mono >= r.Until() }

// advance does what is due: calls, and the tick.
func (r *Runner) advance(ctx context.Context) {
	now := r.Clock.Now()
	r.schedule.run(now.Mono)
	if now.Mono < r.nextTick {
		return
	}
	if late := now.Mono - r.nextTick; late > r.pipeline.Tick && r.ticks > 0 {
		r.Metrics.overrun()
	}
	for r.nextTick <= now.Mono {
		r.nextTick += r.pipeline.Tick
	}
	r.tick(ctx, now)
}

func (r *Runner) tick(ctx context.Context, now signals.Instant) {
	t := r.calls.in.take(now)
	if err := r.Record.tick(t); err != nil {
		r.Log.Error("recording stopped", "error", err)
	}
	for _, f := range r.Feeds {
		f.Tick(t, r.engine.Snapshot)
	}
	decisions := r.engine.Step(t)
	if err := r.Record.decided(decisions); err != nil {
		r.Log.Error("recording stopped", "error", err)
	}
	r.publish(ctx, now, decisions)
	r.ticks++
	s := r.snapshot(now, decisions)
	r.journal.note(s)
	r.status.Store(s)
	r.Metrics.ticked(r.Clock.Now().Mono - now.Mono)
}

// untilNext is how long the loop may sleep.
func (r *Runner) untilNext() time.Duration {
	next := r.nextTick
	if due, ok := r.schedule.nextDue(); ok {
		next = min(next, due)
	}
	return max(0, next-r.Clock.Now().Mono)
}
