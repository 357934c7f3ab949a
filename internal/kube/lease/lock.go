package lease

import (
	"context"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// lock notes what each call says of the Lease: until when it is held, and by whom.
type lock struct {
	resourcelock.Interface

	lease    *Lease
	acquired atomic.Bool // in this term
}

func (k *lock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	record, raw, err := k.Interface.Get(ctx)
	switch {
	case err == nil:
		k.saw(record.HolderIdentity)
	case apierrors.IsNotFound(err):
		k.saw("")
	}
	return record, raw, err
}

func (k *lock) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return k.write(ctx, r, k.Interface.Create)
}

func (k *lock) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return k.write(ctx, r, k.Interface.Update)
}

func (k *lock) write(ctx context.Context, r resourcelock.LeaderElectionRecord, call func(context.Context, resourcelock.LeaderElectionRecord) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	began := k.lease.Mono()
	if err := call(ctx, r); err != nil {
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
	if holder == k.lease.Holder() {
		return
	}
	k.lease.holder.Store(&holder)
	select {
	case k.lease.moved <- struct{}{}:
	default:
	}
}
