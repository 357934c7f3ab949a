//go:build e2e

package kubernetes_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

// withCodec completes a configuration for a client of bare paths.
func withCodec(c *rest.Config) *rest.Config {
	c.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return c
}

// sampler reads the same decision from every replica, again and again.
type sampler struct {
	mu      sync.Mutex
	numbers map[time.Time]int64 // by the decision's instant
	first   map[time.Time]string
	newest  map[string]time.Time
	seen    []seenAt // instants in order, and when any replica first told them
	equal   int      // instants that two replicas told alike
	differ  []string // and those that they did not
	lag     []lagAt
}

type seenAt struct{ instant, at time.Time }

type lagAt struct {
	at time.Time
	by time.Duration
}

func newSampler() *sampler {
	return &sampler{numbers: map[time.Time]int64{}, first: map[time.Time]string{}, newest: map[string]time.Time{}}
}

// watch samples a replica until ctx ends.
func (s *sampler) watch(ctx context.Context, r *replica, path string) {
	for ctx.Err() == nil {
		if code, body := r.get(ctx, path); code == http.StatusOK {
			var d decided
			if json.Unmarshal([]byte(body), &d) == nil && d.Desired.Replicas != nil {
				s.take(r.name, d.At.Wall, *d.Desired.Replicas)
			}
		} else {
			s.forget(r.name)
		}
		select {
		case <-ctx.Done():
		case <-r.done:
			s.forget(r.name)
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *sampler) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.newest, name)
}

func (s *sampler) take(name string, at time.Time, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.numbers[at]; !ok {
		s.numbers[at], s.first[at] = n, name
	} else if have != n {
		s.differ = append(s.differ, at.String())
	} else if s.first[at] != name {
		s.equal++
		s.first[at] = name
	}
	s.newest[name] = at
	now := time.Now()
	if n := len(s.seen); n == 0 || at.After(s.seen[n-1].instant) {
		s.seen = append(s.seen, seenAt{at, now})
	}
	s.lag = append(s.lag, lagAt{now, s.behind(at, now)})
}

// behind is how long another replica has told a newer instant.
func (s *sampler) behind(at, now time.Time) time.Duration {
	for i, seen := range slices.Backward(s.seen) {
		if !seen.instant.After(at) {
			if i+1 < len(s.seen) {
				return now.Sub(s.seen[i+1].at)
			}
			return 0
		}
	}
	return 0
}

// behindMost is the longest that a replica was behind in a time.
func (s *sampler) behindMost(from, to time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var most time.Duration
	for _, l := range s.lag {
		if l.at.After(from) && l.at.Before(to) {
			most = max(most, l.by)
		}
	}
	return most
}

// published are the instants of the decisions that a replica wrote to standard
// output, which only a leader does.
func published(r *replica) []polled {
	var out []polled
	for line := range strings.Lines(r.log.String()) {
		var d decided
		if strings.HasPrefix(line, `{"policy"`) && json.Unmarshal([]byte(line), &d) == nil {
			out = append(out, polled{at: d.At.Wall, by: r.name})
		}
	}
	return out
}
