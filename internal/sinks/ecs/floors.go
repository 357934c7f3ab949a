package ecs

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

const (
	// shownFor is how long a floor is shown that nobody keeps any more: its policy is
	// gone, or another process leads.
	shownFor = time.Minute
	// keptFor is how long it is remembered: what was learned longer ago may be wrong.
	keptFor = 2 * time.Minute
)

// Floors are what this process remembers of every floor, and what there is to show
// of them. They outlive sinks. Safe for concurrent use.
type Floors struct {
	now     func() signals.Instant
	descs   descs
	actions *prometheus.CounterVec

	mu      sync.Mutex
	entries map[policy.ID]*entry // guarded by mu
}

// entry is one floor.
type entry struct {
	mu     sync.Mutex
	memory floor.Memory    // guarded by mu
	told   floor.Condition // guarded by mu; that the log holds

	shows   sync.Mutex
	last    standing      // guarded by shows
	has     bool          // guarded by shows
	touched time.Duration // guarded by shows; on the monotonic clock
}

// standing is how a floor stands, for people.
type standing struct {
	floor.Plan

	Registered bool
	Min        int32
	SwitchAt   time.Time // zero: there is none
}

// NewFloors makes an empty memory. The clock is the process's own.
func NewFloors(now func() signals.Instant) *Floors {
	return &Floors{now: now, descs: newDescs(), actions: newActions(), entries: map[policy.ID]*entry{}}
}

// entry finds or makes the memory of a policy's floor. What was not asked for in a
// long time is forgotten.
func (f *Floors) entry(id policy.ID) *entry {
	now := f.now().Mono
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.entries[id]; e != nil && now-e.seenAt() < keptFor {
		return e
	}
	maps.DeleteFunc(f.entries, func(_ policy.ID, e *entry) bool { return now-e.seenAt() >= keptFor })
	e := &entry{touched: now}
	f.entries[id] = e
	return e
}

// Forget drops what is remembered of floors: another process may have kept them
// since. What it raised is known by its scheduled actions.
func (f *Floors) Forget(ids ...policy.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		delete(f.entries, id)
	}
}

// Troubles are the floors that are held back, and why, in order of their policies.
func (f *Floors) Troubles() []string {
	var out []string
	for _, s := range f.shown() {
		if text := s.Condition.Trouble(); text != "" {
			out = append(out, "floor of "+s.id.String()+": "+text)
		}
	}
	return out
}

// shownFloor is a floor under its policy's name.
type shownFloor struct {
	standing

	id policy.ID
}

// shown are the floors that somebody keeps now.
func (f *Floors) shown() []shownFloor {
	now := f.now().Mono
	f.mu.Lock()
	defer f.mu.Unlock()
	ids := slices.SortedFunc(maps.Keys(f.entries), policy.ID.Compare)
	var out []shownFloor
	for _, id := range ids {
		e := f.entries[id]
		e.shows.Lock()
		if e.has && now-e.touched < shownFor {
			out = append(out, shownFloor{e.last, id})
		}
		e.shows.Unlock()
	}
	return out
}

func (e *entry) touch(now time.Duration) {
	e.shows.Lock()
	defer e.shows.Unlock()
	e.touched = now
}

func (e *entry) seenAt() time.Duration {
	e.shows.Lock()
	defer e.shows.Unlock()
	return e.touched
}

func (e *entry) show(s standing) {
	e.shows.Lock()
	defer e.shows.Unlock()
	s.Actions = nil
	e.last, e.has = s, true
}

func (e *entry) shown() standing {
	e.shows.Lock()
	defer e.shows.Unlock()
	return e.last
}
