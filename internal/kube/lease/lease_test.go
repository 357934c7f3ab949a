package lease

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// party is a process that competes.
type party struct {
	*Lease

	leads atomic.Bool
	stop  context.CancelFunc
	done  chan struct{}
}

var errAway = errors.New("the API server is away")

// world is an API server, and the clock that everybody reads.
type world struct {
	t     *testing.T
	start time.Time
	away  map[string]*atomic.Bool // calls of whom are lost, by identity

	mu      sync.Mutex // guards what follows
	version int
	leases  map[string]*coordinationv1.Lease
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, start: time.Now(), away: map[string]*atomic.Bool{}, leases: map[string]*coordinationv1.Lease{}}
}

func (w *world) mono() time.Duration { return time.Since(w.start) }

// join lets a party compete for one Lease.
func (w *world) join(identity string) *party {
	return w.compete(w.lease(identity, "scaler"), func() {}, func() {})
}

// lease is a Lease as one process sees it.
func (w *world) lease(identity, name string) *Lease {
	// Each has a client of its own on the same objects, so that it alone can be cut off.
	away := w.away[identity]
	if away == nil {
		away = &atomic.Bool{}
		w.away[identity] = away
	}
	client := fake.NewClientset()
	client.PrependReactor("*", "leases", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if away.Load() {
			return true, nil, errAway
		}
		obj, err := w.serve(a)
		return true, obj, err
	})
	return New(Settings{Client: client.CoordinationV1(), Namespace: "scaler", Name: name, Identity: identity, Mono: w.mono, Log: slog.New(slog.DiscardHandler)})
}

// serve does what an API server does.
func (w *world) serve(a clienttesting.Action) (runtime.Object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	resource := coordinationv1.Resource("leases")
	switch a := a.(type) {
	case clienttesting.GetAction:
		if l := w.leases[a.GetName()]; l != nil {
			return l.DeepCopy(), nil
		}
		return nil, apierrors.NewNotFound(resource, a.GetName())
	case clienttesting.UpdateAction: // or Create, which has the same methods
		l := a.GetObject().(*coordinationv1.Lease).DeepCopy()
		old := w.leases[l.Name]
		switch {
		case a.GetVerb() == "create" && old != nil:
			return nil, apierrors.NewAlreadyExists(resource, l.Name)
		case a.GetVerb() == "update" && (old == nil || old.ResourceVersion != l.ResourceVersion):
			return nil, apierrors.NewConflict(resource, l.Name, errors.New("it has changed"))
		}
		w.put(l)
		return l.DeepCopy(), nil
	}
	return nil, errAway
}

func (w *world) put(l *coordinationv1.Lease) {
	w.version++
	l.ResourceVersion = strconv.Itoa(w.version)
	w.leases[l.Name] = l
}

// steal writes another holder into a Lease.
func (w *world) steal(name, holder string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.leases[name].DeepCopy()
	l.Spec.HolderIdentity = &holder
	w.put(l)
}

func (w *world) holder(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.leases[name].Spec.HolderIdentity
}

func (w *world) delete(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.leases, name)
}

// compete lets a party compete that stops acting when its time is over, as the loop
// does.
func (w *world) compete(l *Lease, begin, end func()) *party {
	p := &party{Lease: l, done: make(chan struct{})}
	ctx, cancel := context.WithCancel(w.t.Context())
	p.stop = cancel
	go func() {
		defer close(p.done)
		_ = p.Run(ctx, func(ctx context.Context) {
			begin()
			p.leads.Store(true)
			defer end()
			defer p.leads.Store(false)
			for ctx.Err() == nil && w.mono() < p.Until() {
				time.Sleep(100 * time.Millisecond)
			}
		})
	}()
	return p
}

func TestOneLeadsAndHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.join("a@10.0.0.1:9443")
		time.Sleep(5 * time.Second)
		b := w.join("b@10.0.0.2:9443")
		c := w.lease("c", "scaler") // which does not compete
		c.Look(t.Context())
		require.Equal(t, "a@10.0.0.1:9443", c.Holder())
		require.Len(t, c.Moved(), 1)
		c.Look(t.Context())
		require.Len(t, c.Moved(), 1)
		time.Sleep(time.Hour)
		require.True(t, a.leads.Load())
		require.False(t, b.leads.Load())
		require.Equal(t, "a@10.0.0.1:9443", b.Holder())
		require.Greater(t, a.Until(), w.mono(), "it is renewed")
		a.stop()
		<-a.done
		require.False(t, a.leads.Load())
		time.Sleep(2*RetryPeriod + time.Second)
		require.True(t, b.leads.Load(), "who ends gives the Lease up")
		b.stop()
		<-b.done
	})
}

// A leader that is cut off has stopped, by its own clock, before another begins.
func TestWhoIsCutOffStopsBeforeAnotherBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.join("a")
		time.Sleep(5 * time.Second)
		b := w.join("b")
		time.Sleep(time.Minute)
		w.away["a"].Store(true)
		cut, stopped, began := w.mono(), time.Duration(0), time.Duration(0)
		for began == 0 && w.mono() < cut+time.Minute {
			time.Sleep(50 * time.Millisecond)
			require.False(t, a.leads.Load() && b.leads.Load(), "never two")
			if stopped == 0 && !a.leads.Load() {
				stopped = w.mono()
			}
			if b.leads.Load() {
				began = w.mono()
			}
		}
		require.NotZero(t, began)
		require.LessOrEqual(t, stopped-cut, RenewDeadline+time.Second)
		require.Greater(t, began-stopped, 2*time.Second)
		w.away["a"].Store(false)
		time.Sleep(time.Minute)
		require.False(t, a.leads.Load(), "and it does not come back by itself")
		require.Equal(t, "b", a.Holder())
		a.stop()
		b.stop()
		<-a.done
		<-b.done
	})
}

func TestATakenLeaseEndsTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.join("a")
		time.Sleep(5 * time.Second)
		w.steal("scaler", "thief")
		time.Sleep(2 * RetryPeriod)
		require.False(t, a.leads.Load(), "it has seen the other's name")
		require.Equal(t, "thief", a.Holder())
		a.stop()
		<-a.done
	})
}

// A process that stood still while another took over finds that out, and leaves the
// other's Lease alone.
func TestWhoWakesUpLeavesTheSuccessorAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.join("a")
		time.Sleep(5 * time.Second)
		require.True(t, a.leads.Load())
		w.steal("scaler", "b")
		a.until.Store(0) // as if its time had run out unseen
		time.Sleep(time.Second)
		require.False(t, a.leads.Load())
		require.Equal(t, "b", w.holder("scaler"))
		require.Equal(t, "b", a.Holder())
		a.stop()
		<-a.done
		require.Equal(t, "b", w.holder("scaler"))
	})
}
