// Package replica is one process among several: in each shard of the policies it
// either leads, which is to poll, decide and publish, or follows the one who does.
package replica

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/mirror"
	"github.com/scaler-dev/scaler/internal/runner"
)

// loadTimeout bounds the reading of saved state: without it a start is cold.
const loadTimeout = 10 * time.Second

// Leadership says who leads.
type Leadership interface {
	// Run competes until ctx ends, and calls lead whenever it wins.
	Run(ctx context.Context, lead func(context.Context)) error
	// Look asks who leads, where that is not known to go on by itself soon enough.
	Look(ctx context.Context)
	// Holder is the identity of who leads; empty: not known.
	Holder() string
	// Moved tells when the holder has changed.
	Moved() <-chan struct{}
}

// Follower reads the stream of who leads, until it ends.
type Follower interface {
	Follow(ctx context.Context, address string) error
}

// Saved is the state of an earlier process, on this one's clock; false: none.
type Saved interface {
	Load(ctx context.Context) (engine.State, bool)
}

// Settings are what a shard is made of.
type Settings struct {
	// Leadership of the shard; nil: this process is the only one and always leads.
	Leadership Leadership
	Follower   Follower // nil only without Leadership
	Hub        *mirror.Hub
	Mirror     *runner.Mirror
	Saved      Saved // nil: nothing is saved
	// Lead makes the loop of a term that it leads, and what it begins with.
	Lead func(ctx context.Context) (*runner.Runner, *runner.Pipeline, error)
	// Beside runs while this process leads; nil: nothing does.
	Beside func(ctx context.Context)
	// Identity of this process among the holders.
	Identity string
	Log      *slog.Logger
}

// Shard is this process's part in one shard.
type Shard struct {
	Settings

	leading atomic.Pointer[runner.Runner] // nil: it follows
}

// New makes a shard.
func New(s Settings) *Shard { return &Shard{Settings: s} }

// Run leads or follows until ctx ends.
func (s *Shard) Run(ctx context.Context) error {
	if s.Leadership == nil {
		return s.lead(ctx, engine.State{})
	}
	following := newTurn(ctx, s.follow)
	defer following.stop()
	return s.Leadership.Run(ctx, func(ctx context.Context) {
		following.stop()
		if err := s.lead(ctx, s.from(ctx)); err != nil {
			s.Log.ErrorContext(ctx, "cannot lead", "error", err)
		}
		following.start() //nolint:contextcheck // it outlives the term
	})
}

// lead runs a loop until the term ends.
func (s *Shard) lead(ctx context.Context, from engine.State) error {
	r, first, err := s.Lead(ctx)
	if err != nil {
		return err
	}
	s.leading.Store(r)
	defer s.leading.Store(nil)
	defer s.Hub.Stop()
	if s.Beside != nil {
		defer newTurn(ctx, s.Beside).stop()
	}
	if before := s.Mirror.Status(); before != nil && before.AllPolled {
		r.TakesOver() // so that readiness does not falter
	}
	state := r.Run(ctx, first, from)
	s.Mirror.Install(first, &state) // in case nobody else leads before it does again
	s.Mirror.Adopt(r.Status())
	return nil
}

// from is what a term goes on from: what was mirrored last, else what was saved.
func (s *Shard) from(ctx context.Context) engine.State {
	if state, ok := s.Mirror.State(); ok {
		return state
	}
	if s.Saved == nil {
		return engine.State{}
	}
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	state, _ := s.Saved.Load(ctx)
	return state
}

// Status is how the shard stands; nil before anything is decided or mirrored.
func (s *Shard) Status() *runner.Status {
	if r := s.leading.Load(); r != nil {
		if status := r.Status(); status != nil {
			return status
		}
	}
	return s.Mirror.Status()
}

// Leads tells whether this process leads the shard.
func (s *Shard) Leads() bool { return s.leading.Load() != nil }

// Lift lifts a provider's mass guard with the next tick; false: another process
// leads.
func (s *Shard) Lift(provider string) bool {
	r := s.leading.Load()
	if r != nil {
		r.Lift(provider)
	}
	return r != nil
}

// Changed says that the documents may have changed.
func (s *Shard) Changed() {
	if r := s.leading.Load(); r != nil {
		r.Changed()
	}
}

// Identity names a process: its host, something that no restart has again, and the
// address where it is followed.
func Identity(host, unique, address string) string { return host + "_" + unique + "@" + address }

// AddressOf is the address in an identity; empty: there is none.
func AddressOf(identity string) string {
	_, address, _ := strings.Cut(identity, "@")
	return address
}
