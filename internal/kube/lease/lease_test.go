package lease

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	t      *testing.T
	client *fake.Clientset
	start  time.Time
	away   map[string]*atomic.Bool // calls of whom are lost, by identity
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, client: fake.NewClientset(), start: time.Now(), away: map[string]*atomic.Bool{}}
}

func (w *world) mono() time.Duration { return time.Since(w.start) }

// join lets a party compete that stops acting when its time is over, as the loop
// does.
func (w *world) join(identity string) *party {
	// Each has a client of its own on the same objects, so that it alone can be cut off.
	away := &atomic.Bool{}
	w.away[identity] = away
	client := fake.NewClientset()
	client.PrependReactor("*", "leases", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if away.Load() {
			return true, nil, errAway
		}
		obj, err := w.client.Invokes(a, nil)
		return true, obj, err
	})
	p := &party{done: make(chan struct{})}
	p.Lease = New(Settings{Client: client.CoordinationV1(), Namespace: "scaler", Name: "scaler", Identity: identity, Mono: w.mono, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(w.t.Context())
	p.stop = cancel
	go func() {
		defer close(p.done)
		_ = p.Run(ctx, func(ctx context.Context) {
			p.leads.Store(true)
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
		leases := w.client.CoordinationV1().Leases("scaler")
		l, err := leases.Get(t.Context(), "scaler", metav1.GetOptions{})
		require.NoError(t, err)
		thief := "thief"
		l.Spec.HolderIdentity = &thief
		l.ResourceVersion = "" // the fake does not check it; the fast path must look again
		_, err = leases.Update(t.Context(), l, metav1.UpdateOptions{})
		require.NoError(t, err)
		w.client.PrependReactor("update", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, errors.New("conflict")
		})
		time.Sleep(2 * RetryPeriod)
		require.False(t, a.leads.Load(), "it has seen the other's name")
		require.Equal(t, "thief", a.Holder())
		a.stop()
		<-a.done
	})
}
