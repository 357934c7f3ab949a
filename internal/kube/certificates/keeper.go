package certificates

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

const (
	// keepEvery is how often the Secret is looked at, at least.
	keepEvery = time.Minute
	// hurry is the pause after a conflict or a write, and while something is awaited.
	hurry = time.Second
	// awaitTrust is the pause while verifiers do not know the next authority yet.
	awaitTrust = 5 * time.Second
	// retry is the pause after a problem.
	retry = 10 * time.Second
)

// KeeperSettings are what the host gives a keeper.
type KeeperSettings struct {
	Secret Secret
	Issuer Issuer
	// Trusted tells whether those who check the certificate know all of a ca.crt by
	// now. Until they do the next pair is not shown, unless the present one has expired.
	// Nil: they read the Secret themselves.
	Trusted func(ca []byte) bool
	// Changed is called after the Secret was written; nil: nobody.
	Changed func()
	Now     func() time.Time
	Log     *slog.Logger
}

// Keeper makes and rotates the pair in a Secret. One replica runs it; where several
// do by mistake they are not in each other's way.
type Keeper struct {
	s       KeeperSettings
	problem problem
}

// NewKeeper makes a keeper that does nothing yet.
func NewKeeper(s KeeperSettings) *Keeper { return &Keeper{s: s} }

// Run keeps the Secret until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	for pause(ctx, k.step(ctx), nil) {
	}
}

// Problem is why the Secret is not kept; nil: it is, as far as is known.
func (k *Keeper) Problem() error { return k.problem.get() }

// step does what there is to do, and tells when to look again.
func (k *Keeper) step(ctx context.Context) time.Duration {
	next, err := k.keep(ctx)
	switch {
	case ctx.Err() != nil:
		return 0
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return hurry // somebody else did it
	case err != nil:
		next = retry
	}
	k.problem.set(k.s.Log, k.s.Secret, err)
	return next
}

func (k *Keeper) keep(ctx context.Context) (time.Duration, error) {
	secret, err := k.s.Secret.get(ctx)
	switch {
	case apierrors.IsNotFound(err):
		return k.begin(ctx, nil)
	case err != nil:
		return 0, err
	case secret.Labels[ownerKey] != owner:
		return 0, errForeign
	}
	b := FromData(secret.Data)
	if b.empty() {
		return k.begin(ctx, secret)
	}
	now := k.s.Now()
	plan, err := k.s.Issuer.Decide(b, now)
	if err != nil {
		return 0, fmt.Errorf("%w (%w)", errGarbage, err)
	}
	if plan.Step == Keep {
		return min(max(plan.Due.Sub(now), hurry), keepEvery), nil
	}
	if plan.Step == Promote && !plan.Expired && k.s.Trusted != nil && !k.s.Trusted(b.CA) {
		return awaitTrust, nil
	}
	next, err := k.s.Issuer.Advance(b, plan.Step, now)
	if err != nil {
		return 0, err
	}
	return k.write(ctx, secret, next, plan.Step)
}

// begin fills a Secret that does not exist, or that was made empty.
func (k *Keeper) begin(ctx context.Context, secret *corev1.Secret) (time.Duration, error) {
	b, err := k.s.Issuer.First(k.s.Now())
	if err != nil {
		return 0, err
	}
	return k.write(ctx, secret, b, Make)
}

func (k *Keeper) write(ctx context.Context, read *corev1.Secret, b Bundle, step Step) (time.Duration, error) {
	var err error
	if read == nil {
		err = k.s.Secret.create(ctx, b)
	} else {
		err = k.s.Secret.update(ctx, read, b)
	}
	if err != nil {
		return 0, err
	}
	k.s.Log.Info("certificate rotated", "secret", k.s.Secret.String(), "step", string(step))
	if k.s.Changed != nil {
		k.s.Changed()
	}
	return hurry, nil
}
