package runner

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Mirror steps the ticks of another process through the same engine, and so serves
// the same decisions. It makes no call. Its instants are on this process's clock.
type Mirror struct {
	Clock Clock
	Log   *slog.Logger

	status atomic.Pointer[Status]

	mu     sync.Mutex // guards what follows
	engine *engine.Engine
	uses   map[signals.Subject][]Use
	run    *Pipeline
	config ConfigStatus
	ticks  int64
}

// Install takes up a pipeline, of which only the engine's spec and sinks that swap
// memory are used, and a state to go on from; nil: that of the pipeline before.
func (m *Mirror) Install(p *Pipeline, from *engine.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if from == nil {
		from = &engine.State{}
		if m.engine != nil {
			*from = m.engine.State()
		}
	}
	m.run, m.engine, m.uses = p, engine.New(p.Spec, *from), usesOf(p.Spec)
	m.config = ConfigStatus{Hash: p.Hash, LoadedAt: m.Clock.Now()}
}

// Tick steps a tick of the other process.
func (m *Mirror) Tick(ctx context.Context, t engine.Tick) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.engine == nil {
		return
	}
	decisions := m.engine.Step(t)
	for _, s := range m.run.Sinks {
		if err := s.Sink.Publish(ctx, decisions); err != nil {
			m.Log.Warn("sink fails", "sink", s.Name, "error", err)
		}
	}
	m.ticks++
	m.status.Store(m.snapshot(t.Now, decisions))
}

func (m *Mirror) snapshot(now signals.Instant, decisions []policy.Decision) *Status {
	s := &Status{
		Now: now, Ticks: m.ticks, Interval: m.run.Tick, Decisions: decisions,
		Config: m.config, Uses: m.uses, Mirrored: true,
	}
	s.Subjects, s.Guards = m.engine.Status()
	s.AllPolled = !slices.ContainsFunc(s.Subjects, func(s engine.SubjectStatus) bool { return !s.Polled })
	return s
}

// Adopt takes up how a loop of this process stood when it ended, which is newer than
// what was mirrored before it began. Nil: it never ticked.
func (m *Mirror) Adopt(last *Status) {
	if last == nil {
		return
	}
	adopted := *last
	adopted.Mirrored, adopted.Providers, adopted.Sinks, adopted.Recalls = true, nil, nil, nil
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ticks = adopted.Ticks
	m.status.Store(&adopted)
}

// Status is how it stands after the latest tick; nil before the first.
func (m *Mirror) Status() *Status { return m.status.Load() }

// State copies what is remembered; false before anything is.
func (m *Mirror) State() (engine.State, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.engine == nil {
		return engine.State{}, false
	}
	return m.engine.Snapshot(), true
}
