// Package savedstate keeps, in ConfigMaps, what a restart of every replica goes on
// from: the decisions made last and the newest samples.
package savedstate

import (
	"context"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	// Every is how often the state is saved.
	Every = time.Minute
	// callTimeout bounds one call.
	callTimeout = 5 * time.Second
	// tooOld is the age from which a saved state says nothing any more: no sample in it
	// may still be held.
	tooOld = time.Hour
	// maxAhead is how far in the future a saved state may lie: clocks differ.
	maxAhead = 30 * time.Second
)

// Settings are what the host gives a Saver.
type Settings struct {
	Client    corev1.ConfigMapsGetter
	Namespace string
	// Name that the ConfigMaps' names begin with; -0, -1 and so on follow.
	Name  string
	Clock interface{ Now() signals.Instant }
	Log   *slog.Logger
}

// Saver saves the state of one shard while this process leads it. It is a
// runner.Feed.
type Saver struct {
	Settings

	mu     sync.Mutex // guards all below
	next   time.Duration
	begun  bool
	saving bool
	failed bool
	group  sync.WaitGroup
}

var _ runner.Feed = (*Saver)(nil)

// New makes a saver.
func New(s Settings) *Saver { return &Saver{Settings: s} }

// Documents begins a term, or goes on with other documents: what is saved next is
// saved after a while.
func (s *Saver) Documents(*runner.Pipeline) {}

// Tick saves the state beside the loop, when it is time.
func (s *Saver) Tick(t engine.Tick, state func() engine.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun || t.Now.Mono-s.next > Every {
		s.begun, s.next = true, t.Now.Mono+Every/4
	}
	if s.saving || t.Now.Mono < s.next {
		return
	}
	s.saving, s.next = true, t.Now.Mono+Every
	copied := saved{Now: t.Now, State: trimmed(state())}
	s.group.Go(func() { s.save(copied) })
}

// Wait waits for a save that is under way.
func (s *Saver) Wait() { s.group.Wait() }

func (s *Saver) save(state saved) {
	ctx, cancel := context.WithTimeout(context.Background(), maxChunks*callTimeout)
	defer cancel()
	err := s.write(ctx, state)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saving = false
	if err != nil && !s.failed {
		s.Log.Warn("cannot save the state, a restart of all replicas would begin without it", "error", err)
	}
	s.failed = err != nil
}

// Load reads what was saved, on this process's clock; false: nothing that counts.
func (s *Saver) Load(ctx context.Context) (engine.State, bool) {
	state, err := s.read(ctx)
	if err != nil {
		s.Log.Info("begins without saved state", "reason", err.Error())
		return engine.State{}, false
	}
	now := s.Clock.Now()
	age := now.Wall.Sub(state.Now.Wall)
	if age > tooOld || age < -maxAhead {
		s.Log.Warn("begins without saved state", "reason", "it is too old, or from the future", "age", age.String())
		return engine.State{}, false
	}
	s.Log.Info("goes on from saved state", "age", age.Round(time.Second).String(), "policies", len(state.State.Policies))
	// At the instant of saving, this process's clock stood, or would have stood, here.
	then := now.Mono - max(age, 0)
	return state.State.Moved(then - state.Now.Mono), true
}
