package mirror

import (
	"encoding/json"
	"errors"
	"sync"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/runner"
)

// maxQueued is how many lines may wait for one who follows slowly; then its stream
// ends, and it begins again.
const maxQueued = 120

// Hub hands the ticks of one shard, while this process leads it, to those who
// follow. It is a runner.Feed and never waits.
type Hub struct {
	mu        sync.Mutex // guards all below
	documents *Documents // nil: this process does not lead
	followers map[*follower]bool
}

// NewHub makes a hub.
func NewHub() *Hub { return &Hub{followers: map[*follower]bool{}} }

// follower is one stream.
type follower struct {
	lines   chan line // closed when the stream is over
	started bool      // it has the state
}

var errNotLeading = errors.New("this replica does not lead the shard")

// Documents begins, or goes on with, other documents.
func (h *Hub) Documents(p *runner.Pipeline) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.documents = &Documents{Hash: p.Hash, Tick: p.Tick, Policies: p.Policies}
	for f := range h.followers {
		if f.started {
			h.hand(f, line{Documents: h.documents})
		}
	}
}

// Tick hands a tick on; to those who have just come, the state before it as well.
func (h *Hub) Tick(t engine.Tick, state func() engine.State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var copied *engine.State
	for f := range h.followers {
		if !f.started {
			if copied == nil {
				s := state()
				copied = &s
			}
			f.started = true
			h.hand(f, line{Documents: h.documents})
			h.hand(f, line{State: copied})
		}
		h.hand(f, line{Tick: &t})
	}
}

// Stop ends every stream: this process does not lead any more.
func (h *Hub) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.documents = nil
	for f := range h.followers {
		h.drop(f)
	}
}

func (h *Hub) hand(f *follower, l line) {
	select {
	case f.lines <- l:
	default:
		h.drop(f)
	}
}

func (h *Hub) drop(f *follower) {
	if h.followers[f] {
		delete(h.followers, f)
		close(f.lines)
	}
}

func (h *Hub) join() (*follower, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.documents == nil {
		return nil, errNotLeading
	}
	f := &follower{lines: make(chan line, maxQueued)}
	h.followers[f] = true
	return f, nil
}

func (h *Hub) leave(f *follower) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(f)
}

// Followers counts the streams.
func (h *Hub) Followers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.followers)
}

var _ runner.Feed = (*Hub)(nil)

func (l line) encode() ([]byte, error) {
	raw, err := json.Marshal(l)
	return append(raw, '\n'), err
}
