// Package lease holds leadership by a Lease of coordination.k8s.io, so that at most
// one replica acts at a time.
package lease

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
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
	held, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
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
	lead(ctx)
	l.until.Store(0)
	l.Log.Info("leads no more", "lease", l.Name, "identity", l.Identity)
}

func (l *Lease) lock() resourcelock.Interface {
	return &resourcelock.LeaseLock{
		LeaseMeta: metav1.ObjectMeta{Namespace: l.Namespace, Name: l.Name}, Client: l.Client,
		LockConfig: resourcelock.ResourceLockConfig{Identity: l.Identity},
	}
}
