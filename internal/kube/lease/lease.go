// Package lease holds leadership by a Lease of coordination.k8s.io, so that at most
// one replica acts at a time.
package lease

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/klog/v2"
)

// The times of a Lease, as controllers of Kubernetes have them: who does not renew
// for Duration may be followed by another; who leads stops by itself after
// RenewDeadline, well before.
const (
	Duration      = 15 * time.Second
	RenewDeadline = 10 * time.Second
	RetryPeriod   = 2 * time.Second
	// callTimeout bounds one call, so that a silent API server leaves time for a second.
	callTimeout = 4 * time.Second
)

// Settings are what the host gives a Lease.
type Settings struct {
	Client    coordination.LeasesGetter
	Namespace string
	Name      string
	// Identity of this process: one that no other has, nor this one after a restart.
	Identity string
	// Mono reads the monotonic clock.
	Mono func() time.Duration
	Log  *slog.Logger
}

// Lease is one Lease, held or competed for.
type Lease struct {
	Settings

	until  atomic.Int64 // monotonic; when what was renewed last runs out
	holder atomic.Pointer[string]
	moved  chan struct{} // the holder has changed

	share   *share      // nil: it is not shared with care
	leaving atomic.Bool // it is given up, for others
	failing atomic.Bool // the latest call failed
}

// New makes a Lease that is not competed for yet.
func New(s Settings) *Lease { return &Lease{Settings: s, moved: make(chan struct{}, 1)} }

// Until is when, on the monotonic clock, whoever leads has to have stopped: counted
// from the beginning of the call that renewed the Lease last, so that it is earlier
// than any other process can think it over.
func (l *Lease) Until() time.Duration { return time.Duration(l.until.Load()) }

// Holder is the identity of the leader as last seen; empty: none has been.
func (l *Lease) Holder() string {
	if h := l.holder.Load(); h != nil {
		return *h
	}
	return ""
}

// Moved tells when the holder has changed, to one reader.
func (l *Lease) Moved() <-chan struct{} { return l.moved }

// Look reads who holds the Lease, sooner than the next attempt to take it would.
func (l *Lease) Look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	before := l.holder.Load()
	found, err := l.Client.Leases(l.Namespace).Get(ctx, l.Name, metav1.GetOptions{})
	if err != nil || found.Spec.HolderIdentity == nil || *found.Spec.HolderIdentity == l.Holder() {
		return // what is wrong shows where the Lease is competed for
	}
	// Whoever learnt something meanwhile knows better.
	if l.holder.CompareAndSwap(before, found.Spec.HolderIdentity) {
		l.tell()
	}
}

func (l *Lease) tell() {
	select {
	case l.moved <- struct{}{}:
	default:
	}
}

// Run competes for the Lease until ctx ends. While it is held, lead runs; its
// context ends when the Lease is lost, or with ctx, and it must then return soon:
// the Lease is given up only after it has.
func (l *Lease) Run(ctx context.Context, lead func(context.Context)) error {
	for ctx.Err() == nil {
		if err := l.term(ctx, lead); err != nil {
			return fmt.Errorf("compete for the lease %s/%s: %w", l.Namespace, l.Name, err)
		}
	}
	return nil
}

// term competes once, and leads once.
func (l *Lease) term(ctx context.Context, lead func(context.Context)) error {
	// What holds the Lease outlives ctx until lead has returned.
	// The elector's own log is left out: lock tells what goes wrong, once.
	held, giveUp := context.WithCancel(klog.NewContext(context.WithoutCancel(ctx), klog.Logger{}))
	defer giveUp()
	l.leaving.Store(false)
	lock, led := &lock{Interface: l.lock(), lease: l}, make(chan struct{})
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, Name: l.Name, ReleaseOnCancel: true,
		LeaseDuration: Duration, RenewDeadline: RenewDeadline, RetryPeriod: RetryPeriod,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(lost context.Context) {
				defer close(led)
				defer giveUp()
				l.lead(ctx, lost, lead)
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() {
		if !lock.acquired.Load() {
			giveUp()
		}
	})()
	elector.Run(held)
	if lock.acquired.Load() {
		<-led
	}
	return nil
}

func (l *Lease) lead(ctx, lost context.Context, lead func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(lost, cancel)()
	if ctx.Err() != nil {
		return
	}
	l.Log.Info("leads", "lease", l.Name, "identity", l.Identity)
	var watching sync.WaitGroup
	watching.Go(func() { l.watch(ctx, cancel) })
	lead(ctx)
	cancel()
	watching.Wait()
	l.until.Store(0)
	l.Log.Info("leads no more", "lease", l.Name, "identity", l.Identity)
}

// watch ends a term that is given up for others.
func (l *Lease) watch(ctx context.Context, end func()) {
	look := time.NewTicker(RetryPeriod)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if l.share.gives(l) {
			l.Log.Info("gives the lease up, others hold fewer", "lease", l.Name)
			end()
			return
		}
	}
}

func (l *Lease) lock() resourcelock.Interface {
	return &resourcelock.LeaseLock{
		LeaseMeta: metav1.ObjectMeta{Namespace: l.Namespace, Name: l.Name}, Client: l.Client,
		LockConfig: resourcelock.ResourceLockConfig{Identity: l.Identity},
	}
}
