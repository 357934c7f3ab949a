package kubernetes

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// cluster is an API server in virtual time, where nothing changes.
type cluster struct {
	lists, watches atomic.Int32
	mute           atomic.Bool // it hangs
}

func (c *cluster) api() api {
	return api{
		example: &appsv1.Deployment{},
		list: func(ctx context.Context, _ metav1.ListOptions) (runtime.Object, error) {
			c.lists.Add(1)
			if c.mute.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return &appsv1.DeploymentList{ListMeta: metav1.ListMeta{ResourceVersion: "7"}, Items: []appsv1.Deployment{orders(3, 2)}}, nil
		},
		watch: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			c.watches.Add(1)
			if c.mute.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			w := watch.NewRaceFreeFake()
			end := time.Duration(*o.TimeoutSeconds) * time.Second
			context.AfterFunc(ctx, w.Stop)
			time.AfterFunc(end-2*time.Second, func() {
				if !c.mute.Load() && ctx.Err() == nil {
					w.Action(watch.Bookmark, &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{ResourceVersion: "9"}})
				}
			})
			time.AfterFunc(end, func() {
				if !c.mute.Load() {
					w.Stop()
				}
			})
			return w, nil
		},
	}
}

// TestQuiet: an hour without any change is no silence, and lists once.
func TestQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{}
		s := start(t, c)
		for range 3600 {
			time.Sleep(time.Second)
			require.Equal(t, known(3, 2), look1(t, s))
		}
		require.EqualValues(t, 1, c.lists.Load())
		require.InDelta(t, 3600/30, c.watches.Load(), 2, "one call in 30 s")
	})
}

// TestSilence: an API server that hangs is known to after 45 s at the latest, and
// followed again as soon as it answers.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{}
		s := start(t, c)
		time.Sleep(10 * time.Minute)
		c.mute.Store(true)
		time.Sleep(46 * time.Second)
		for range 600 {
			time.Sleep(time.Second)
			require.Equal(t, signals.Timeout, look1(t, s).Err.Reason)
		}
		c.mute.Store(false)
		// What hangs is given up after 40 s; then comes a pause of 2 s at most.
		time.Sleep(43 * time.Second)
		require.Equal(t, known(3, 2), look1(t, s))
	})
}

// TestHangOfTenSeconds: one that hangs for 10 s is not missed.
func TestHangOfTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{}
		s := start(t, c)
		for range 60 {
			time.Sleep(time.Minute + 7*time.Second)
			c.mute.Store(true)
			time.Sleep(10 * time.Second)
			c.mute.Store(false)
			time.Sleep(workload.FreshFor + time.Minute)
			require.Equal(t, known(3, 2), look1(t, s))
		}
	})
}

func start(t *testing.T, c *cluster) workload.Source {
	t.Helper()
	k := newKind("Deployment", c.api(), slog.New(slog.DiscardHandler), defaultPace())
	w := &Watch{deployments: k, statefulSets: newKind("StatefulSet", api{}, k.log, k.pace)}
	s := w.Source([]Workload{deployment("orders")})
	go w.Run(t.Context())
	t.Cleanup(func() { synctest.Wait() })
	synctest.Wait()
	return s
}

func look1(t *testing.T, s workload.Source) workload.Observation {
	t.Helper()
	got, err := s.Observe(t.Context())
	require.NoError(t, err)
	require.Len(t, got, 1)
	return got[0]
}
