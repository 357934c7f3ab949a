//go:build e2e

package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	"k8s.io/metrics/pkg/client/external_metrics"

	"github.com/scaler-dev/scaler/test/cluster"
)

// polled is a request that reached the source.
type polled struct {
	at   time.Time
	by   string // the replica
	what string
}

// countingSource is a source that tells which replica asks: each has a path of its own.
type countingSource struct {
	*httptest.Server

	mu    sync.Mutex
	value func(what string) int
	all   []polled
}

func newCountingSource(t *testing.T, value func(what string) int) *countingSource {
	t.Helper()
	s := &countingSource{value: value}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		s.mu.Lock()
		s.all = append(s.all, polled{time.Now(), by, what})
		n := s.value(what)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"length": %d}`, n)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *countingSource) set(value func(what string) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = value
}

func (s *countingSource) between(from, to time.Time) []polled {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []polled
	for _, p := range s.all {
		if p.at.After(from) && p.at.Before(to) {
			out = append(out, p)
		}
	}
	return out
}

// byReplica counts polls.
func byReplica(all []polled) map[string]int {
	out := map[string]int{}
	for _, p := range all {
		out[p.by]++
	}
	return out
}

// gap is the longest time without a poll.
func gap(all []polled) time.Duration {
	var longest time.Duration
	for i := 1; i < len(all); i++ {
		longest = max(longest, all[i].at.Sub(all[i-1].at))
	}
	return longest
}

// reply is how one GET went.
type reply struct {
	began, ended time.Time
	metric       string
	value        int64
	err          error
}

// load is a number of clients that read metrics through the API server.
type load struct {
	mu  sync.Mutex
	all []reply
}

// start has workers GET, each so many times a second: some with a plain REST client,
// some with the library that the HPA controller reads with.
func (l *load) start(ctx context.Context, t *testing.T, c *cluster.Cluster, workers int, every time.Duration, metrics []string) (stop func()) {
	t.Helper()
	config := c.Config()
	config.QPS, config.Burst = -1, -1
	client, err := external_metrics.NewForConfig(config)
	require.NoError(t, err)
	plain := rest.CopyConfig(config)
	plain.Timeout = 5 * time.Second
	plainClient, err := rest.UnversionedRESTClientFor(withCodec(plain))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	for i := range workers {
		get := func(ctx context.Context, name string) (*v1beta1.ExternalMetricValueList, error) {
			return client.NamespacedMetrics("shop").List(name, labels.Everything())
		}
		if i%2 == 0 {
			get = func(ctx context.Context, name string) (*v1beta1.ExternalMetricValueList, error) {
				raw, err := plainClient.Get().AbsPath("/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/" + name).DoRaw(ctx)
				if err != nil {
					return nil, err
				}
				var list v1beta1.ExternalMetricValueList
				return &list, json.Unmarshal(raw, &list)
			}
		}
		group.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				l.one(ctx, metrics[rand.IntN(len(metrics))], get)
			}
		})
	}
	return func() { cancel(); group.Wait() }
}

func (l *load) one(ctx context.Context, name string, get func(context.Context, string) (*v1beta1.ExternalMetricValueList, error)) {
	a := reply{began: time.Now(), metric: name}
	list, err := get(ctx, name)
	if ctx.Err() != nil {
		return
	}
	a.ended, a.err = time.Now(), err
	if err == nil {
		if len(list.Items) == 1 {
			a.value = list.Items[0].Value.Value()
		} else {
			a.err = fmt.Errorf("%d items", len(list.Items))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, a)
}

// tally is what clients saw of an event.
type tally struct {
	gets            int
	failed, lowered []reply
	slowest         time.Duration
}

// apart is how far replicas may be apart: a tick, and the way.
const apart = 2 * time.Second

// between counts the GETs that began in a time. One is lowered if it is below what
// another had that ended well before it began.
func (l *load) between(from, to time.Time) tally {
	l.mu.Lock()
	all := slices.Clone(l.all)
	l.mu.Unlock()
	slices.SortFunc(all, func(a, b reply) int { return a.ended.Compare(b.ended) })
	type peak struct {
		at    time.Time
		value int64
	}
	peaks := map[string][]peak{} // rising, in order of time
	var out tally
	for _, a := range all {
		if a.err == nil {
			if ps := peaks[a.metric]; len(ps) == 0 || ps[len(ps)-1].value < a.value {
				peaks[a.metric] = append(ps, peak{a.ended, a.value})
			}
		}
		if a.began.Before(from) || a.began.After(to) {
			continue
		}
		out.gets++
		out.slowest = max(out.slowest, a.ended.Sub(a.began))
		if a.err != nil {
			out.failed = append(out.failed, a)
			continue
		}
		for _, p := range peaks[a.metric] {
			if a.began.Sub(p.at) > apart && a.value < p.value {
				out.lowered = append(out.lowered, a)
				break
			}
		}
	}
	return out
}
