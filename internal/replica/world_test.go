package replica

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/mirror"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	me    = "me_1@10.0.0.1:9443"
	other = "other_1@10.0.0.2:9443"
	third = "third_1@10.0.0.3:9443"
)

var (
	backlog = signals.Subject{Provider: "shop", Query: "backlog"}
	orders  = policy.ID{Namespace: "shop", Name: "orders"}
)

// throne is a leadership that a test gives and takes away.
type throne struct {
	terms chan context.Context // each: one term
	moved chan struct{}
	looks atomic.Int64

	mu     sync.Mutex
	holder string
	next   string // the holder that a look finds; empty: the same
}

func newThrone() *throne {
	return &throne{terms: make(chan context.Context), moved: make(chan struct{}, 1)}
}

func (f *throne) Run(ctx context.Context, lead func(context.Context)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case term := <-f.terms:
			f.set(me)
			both, cancel := context.WithCancel(ctx)
			stop := context.AfterFunc(term, cancel) //nolint:contextcheck // the term is what ends it
			lead(both)
			stop()
			cancel()
		}
	}
}

func (f *throne) Holder() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.holder
}

func (f *throne) Look(context.Context) {
	f.looks.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next != "" {
		f.holder, f.next = f.next, ""
	}
}

func (f *throne) Moved() <-chan struct{} { return f.moved }

func (f *throne) set(holder string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.holder = holder
	select {
	case f.moved <- struct{}{}:
	default:
	}
}

// begin begins a term; the function ends it.
func (f *throne) begin(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f.terms <- ctx
	synctest.Wait()
	return func() { cancel(); synctest.Wait() }
}

// stream is a follower that tells whom it follows.
type stream struct {
	mu  sync.Mutex
	now string // whom it follows at present
	all []string
	err error
}

func (s *stream) Follow(ctx context.Context, address string) error {
	s.mu.Lock()
	err := s.err
	s.all = append(s.all, address)
	if err == nil {
		s.now = address
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	<-ctx.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = ""
	return ctx.Err()
}

func (s *stream) follows() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// memory is saved state.
type memory struct {
	loads atomic.Int64
	state engine.State
}

func (m *memory) Load(context.Context) (engine.State, bool) {
	m.loads.Add(1)
	return m.state, len(m.state.Policies) > 0
}

type source struct{ calls, value atomic.Int64 }

func (*source) Subjects() []signals.Subject { return []signals.Subject{backlog} }

func (s *source) Fetch(context.Context, signals.Window) ([]signals.Outcome, error) {
	s.calls.Add(1)
	return []signals.Outcome{{Subject: backlog, Samples: []signals.Sample{{Value: float64(s.value.Load())}}}}, nil
}

// world is a shard and all that it stands on.
type world struct {
	*Shard

	t *testing.T // of the bubble

	throne *throne
	stream *stream
	saved  *memory
	source *source
	log    *bytes.Buffer
	fails  atomic.Bool  // whether a term cannot be led
	beside atomic.Int64 // runs beside at present
}

func newWorld() *world {
	w := &world{throne: newThrone(), stream: &stream{}, saved: &memory{}, source: &source{}, log: &bytes.Buffer{}}
	w.source.value.Store(37)
	log, c := slog.New(slog.NewTextHandler(w.log, nil)), clock.New()
	metrics := runner.NewMetrics(prometheus.NewRegistry())
	w.Shard = New(Settings{
		Leadership: w.throne, Follower: w.stream, Hub: mirror.NewHub(), Mirror: &runner.Mirror{Clock: c, Log: log},
		Saved: w.saved, Identity: me, Log: log,
		Beside: func(ctx context.Context) {
			w.beside.Add(1)
			defer w.beside.Add(-1)
			<-ctx.Done()
		},
		Lead: func(context.Context) (*runner.Runner, *runner.Pipeline, error) {
			if w.fails.Load() {
				return nil, nil, errors.New("no such file")
			}
			r := runner.New(runner.Settings{Clock: c, Log: log, MaxConcurrent: 1, Metrics: metrics, Feeds: []runner.Feed{w.Hub}})
			return r, w.pipeline(), nil
		},
	})
	return w
}

func (w *world) pipeline() *runner.Pipeline {
	rules := signals.Rules{Kind: signals.Total, FreshFor: 45 * time.Second, HoldFor: 10 * time.Minute, Max: signals.MaxValue}
	p := policy.New(policy.Settings{ID: orders, Min: 1, Max: 1000, Demands: []policy.NamedDemand{
		{Name: "drain", Demand: demand.PerReplica{Signal: "backlog", Amount: 1}},
	}})
	return &runner.Pipeline{
		Hash: "aaaaaaaaaaaaaaaa", Tick: time.Second,
		Spec: engine.Spec{
			Subjects: []engine.Subject{{Subject: backlog, Interval: 15 * time.Second}},
			Policies: []engine.Policy{{ID: orders, Policy: p, Signals: []engine.Signal{{Name: "backlog", Subject: backlog, Rules: rules}}}},
		},
		Polls: []runner.Poll{{Provider: "shop", Source: w.source, Interval: 15 * time.Second, Timeout: 5 * time.Second}},
	}
}

// desires is the number that the shard tells; 0: none.
func (w *world) desires() int32 {
	s := w.Status()
	if s == nil {
		return 0
	}
	d, _ := s.Decision(orders)
	n, _ := d.Desired.Replicas()
	return n
}

// during runs a shard in a bubble of virtual time.
func during(t *testing.T, part func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = w.Run(ctx) }()
		synctest.Wait()
		w.t = t
		part(w)
		cancel()
		<-done
		require.Zero(t, w.beside.Load(), "what ran beside has ended")
		require.Empty(t, w.stream.follows())
	})
}

func sleep(d time.Duration) { time.Sleep(d); synctest.Wait() }
