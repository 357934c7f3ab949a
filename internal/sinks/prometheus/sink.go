// Package prometheus shows decisions as Prometheus metrics. What is not known has
// no sample: a state never becomes a number.
package prometheus

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/sinks"
)

var (
	_ sinks.Sink           = (*Sink)(nil)
	_ prometheus.Collector = (*Sink)(nil)
)

// Sink keeps the latest decisions and makes metrics of them when it is scraped.
// The caller registers it.
type Sink struct {
	mono  func() time.Duration
	descs descs

	mu      sync.Mutex // guards what follows
	latest  []policy.Decision
	changes map[policy.ID]changes
}

// changes counts how often a policy's desired replicas rose and fell.
type changes struct {
	desired  int32 // last known
	known    bool  // that there was one
	up, down uint64
}

// New makes a sink without decisions. The function tells the monotonic time that
// decisions expire by.
func New(mono func() time.Duration) *Sink {
	return &Sink{mono: mono, descs: newDescs(), changes: map[policy.ID]changes{}}
}

// Publish keeps the decisions for the next scrape. Metrics of policies that are not
// among them end.
func (s *Sink) Publish(_ context.Context, ds []policy.Decision) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = ds
	for i := range ds {
		id := ds[i].Policy
		before := s.changes[id]
		if after := before.with(ds[i].Desired); after != before || !before.known {
			s.changes[id] = after
		}
	}
	if len(s.changes) > len(ds) {
		s.forget()
	}
	return nil
}

func (c changes) with(d policy.Desired) changes {
	n, known := d.Replicas()
	switch {
	case !known:
		return c
	case c.known && n > c.desired:
		c.up++
	case c.known && n < c.desired:
		c.down++
	}
	c.desired, c.known = n, true
	return c
}

// forget drops the counts of policies that are gone.
func (s *Sink) forget() {
	kept := make(map[policy.ID]changes, len(s.latest))
	for i := range s.latest {
		id := s.latest[i].Policy
		kept[id] = s.changes[id]
	}
	s.changes = kept
}

// Describe tells of every metric.
func (s *Sink) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range s.descs.all() {
		ch <- d
	}
}

// Collect makes the metrics of the latest decisions as they stand now.
func (s *Sink) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	latest := s.latest
	counts := make([]changes, len(latest))
	for i := range latest {
		counts[i] = s.changes[latest[i].Policy]
	}
	s.mu.Unlock()
	now := s.mono()
	for i := range latest {
		c := collector{descs: &s.descs, ch: ch, d: &latest[i], now: now}
		c.decision(counts[i])
		c.signals()
		c.proposals()
	}
}

// Sinks are several, of different policies, as one collector.
type Sinks []*Sink

var _ prometheus.Collector = Sinks(nil)

// Describe tells of every metric.
func (s Sinks) Describe(ch chan<- *prometheus.Desc) {
	if len(s) > 0 {
		s[0].Describe(ch)
	}
}

// Collect makes the metrics of every sink.
func (s Sinks) Collect(ch chan<- prometheus.Metric) {
	for _, sink := range s {
		sink.Collect(ch)
	}
}
