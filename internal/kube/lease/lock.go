package lease

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/scaler-dev/scaler/internal/kube"
)

// lock notes what each call says of the Lease: until when it is held, and by whom.
// It is used by one goroutine, the elector's.
type lock struct {
	resourcelock.Interface

	lease    *Lease
	acquired atomic.Bool // in this term
	seen     string      // the latest holder
	// Instants of the monotonic clock; 0: it is not so.
	gone time.Duration // the Lease of another was found deleted
	free time.Duration // it could have been taken
}

var (
	errGone    = errors.New("the lease is gone, and who held it may not know yet")
	errOther   = errors.New("the lease is left to those who hold fewer")
	errNotOurs = errors.New("the lease is somebody else's, and not ours to give up")
)

func (k *lock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	record, raw, err := k.Interface.Get(call)
	k.note(ctx, err)
	switch {
	case err == nil:
		k.gone = 0
		k.saw(record.HolderIdentity)
	case apierrors.IsNotFound(err) && k.mourns():
		err = errGone
	}
	return record, raw, err
}

// mourns tells whether a Lease that was deleted is not to be made anew yet: whoever
// held it acts until it hears of that, or until its time is over. Who held it
// itself makes it anew at once.
func (k *lock) mourns() bool {
	if holder := k.lease.Holder(); holder == "" || holder == k.Identity() {
		return false
	}
	now := k.lease.Mono()
	if k.gone == 0 {
		k.gone = max(1, now)
	}
	return now-k.gone < Duration
}

func (k *lock) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return k.write(ctx, r, k.Interface.Create)
}

func (k *lock) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return k.write(ctx, r, k.Interface.Update)
}

func (k *lock) write(ctx context.Context, r resourcelock.LeaderElectionRecord, call func(context.Context, resourcelock.LeaderElectionRecord) error) error {
	began := k.lease.Mono()
	switch {
	case r.HolderIdentity != k.Identity():
		// The elector gives up what it believes to hold, even if it has just read that
		// somebody else does.
		if k.lease.Holder() != k.Identity() {
			return errNotOurs
		}
	case !k.acquired.Load():
		if k.free == 0 {
			k.free = max(1, began)
		}
		if !k.lease.share.mayTake(k.lease, k.free) {
			return errOther
		}
	}
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := call(bounded, r)
	k.note(ctx, err)
	if err != nil {
		return err
	}
	if r.HolderIdentity == k.Identity() {
		k.acquired.Store(true)
		k.lease.until.Store(int64(began + RenewDeadline))
	}
	k.saw(r.HolderIdentity)
	return nil
}

// saw takes in who holds the Lease. Where that is somebody else, our time is over
// at once, whatever was left of it.
func (k *lock) saw(holder string) {
	if holder != k.Identity() {
		k.lease.until.Store(0)
	}
	if holder != "" && holder != k.seen {
		k.free = 0
	}
	k.seen = holder
	if holder == k.lease.Holder() {
		return
	}
	k.lease.holder.Store(&holder)
	k.lease.tell()
}

// note tells of calls that begin to fail, and of their end. To come too late is no
// failure.
func (k *lock) note(ctx context.Context, err error) {
	if ctx.Err() != nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		return
	}
	l := k.lease
	if failing := err != nil; l.failing.Swap(failing) == failing {
		return
	}
	if err != nil {
		l.Log.Warn("cannot reach the lease", "lease", l.Name, "error", kube.Why(err))
		return
	}
	l.Log.Info("reaches the lease again", "lease", l.Name)
}
