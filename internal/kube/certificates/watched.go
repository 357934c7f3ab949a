package certificates

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
)

const (
	// watchEvery is how often the Secret is read: with the time-out of a call, four
	// times within Lag. A watch would tell sooner, but a hung one never.
	watchEvery = 15 * time.Second
	// watchSoon is how often while there is no pair yet.
	watchSoon = time.Second
)

// Watched is the pair in a Secret, followed by every replica: its own, cert-manager's
// or anybody's. It keeps what it has when the Secret becomes unusable or goes away.
// All but Run may be called at any time, by many.
type Watched struct {
	secret Secret
	now    func() time.Time
	log    *slog.Logger

	wake    chan struct{}
	current atomic.Pointer[content]
	problem problem

	mu        sync.Mutex // guards listeners
	listeners []dynamiccertificates.Listener
}

var (
	_ dynamiccertificates.CertKeyContentProvider = (*Watched)(nil)
	_ dynamiccertificates.CAContentProvider      = (*Watched)(nil)
)

// NewWatched makes a pair that is not known yet.
func NewWatched(s Secret, now func() time.Time, log *slog.Logger) *Watched {
	return &Watched{secret: s, now: now, log: log, wake: make(chan struct{}, 1)}
}

// Run follows the Secret until ctx ends.
func (w *Watched) Run(ctx context.Context) {
	for pause(ctx, w.look(ctx), w.wake) {
	}
}

// Refresh has the Secret read soon. It does not wait.
func (w *Watched) Refresh() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

var errMissing = errors.New("it does not exist")

func (w *Watched) look(ctx context.Context) time.Duration {
	secret, err := w.secret.get(ctx)
	switch {
	case ctx.Err() != nil:
		return 0
	case apierrors.IsNotFound(err):
		err = errMissing
	case err == nil:
		err = w.load(secret.Data)
	}
	w.problem.set(w.log, w.secret, err)
	if w.current.Load() == nil {
		return watchSoon
	}
	return watchEvery
}

func (w *Watched) load(data map[string][]byte) error {
	before := w.current.Load()
	next, err := read(data, before, w.now())
	if next == nil || next.same(before) {
		return err
	}
	w.current.Store(next)
	w.log.Info("certificate loaded", "secret", w.secret.String(), "expires", next.pair.Leaf.NotAfter.UTC())
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.listeners {
		l.Enqueue()
	}
	return err
}

// Problem is what is wrong with the Secret or with the pair in use; nil: nothing.
func (w *Watched) Problem() error {
	err := w.problem.get()
	c := w.current.Load()
	switch {
	case err != nil && c != nil:
		return fmt.Errorf("%s: %w; in use is one that expires at %s", w.secret, err, c.pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	case err != nil:
		return fmt.Errorf("%s: %w; there is no certificate", w.secret, err)
	case c == nil:
		return w.unread()
	case !c.valid(w.now()):
		return fmt.Errorf("%s: %w", w.secret, errExpired)
	}
	return nil
}

// Ready tells why there is no pair to use; nil while there is, even an expired one.
func (w *Watched) Ready() error {
	if w.current.Load() != nil {
		return nil
	}
	return w.Problem()
}

func (w *Watched) unread() error { return fmt.Errorf("%s has not been read yet", w.secret) }

// Expiry is when the pair in use expires; false: there is none.
func (w *Watched) Expiry() (time.Time, bool) {
	if c := w.current.Load(); c != nil {
		return c.pair.Leaf.NotAfter, true
	}
	return time.Time{}, false
}

// Name identifies the pair.
func (w *Watched) Name() string { return w.secret.String() }

// AddListener adds who is told when the pair or the authorities change.
func (w *Watched) AddListener(l dynamiccertificates.Listener) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listeners = append(w.listeners, l)
}

// CurrentCertKeyContent is the pair in use as PEM; nil until there is one.
func (w *Watched) CurrentCertKeyContent() (cert, key []byte) {
	if c := w.current.Load(); c != nil {
		return bytes.Clone(c.cert), bytes.Clone(c.key)
	}
	return nil, nil
}

// CABundle is the Secret's ca.crt; nil where it has none, or none is known yet.
func (w *Watched) CABundle() []byte {
	if c := w.current.Load(); c != nil && len(c.ca) > 0 {
		return bytes.Clone(c.ca)
	}
	return nil
}

// CurrentCABundleContent is CABundle.
func (w *Watched) CurrentCABundleContent() []byte { return w.CABundle() }

// VerifyOptions are what a client's certificate is checked with; false where the
// Secret has no authorities.
func (w *Watched) VerifyOptions() (x509.VerifyOptions, bool) {
	c := w.current.Load()
	if c == nil || len(c.ca) == 0 {
		return x509.VerifyOptions{}, false
	}
	return x509.VerifyOptions{Roots: c.pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, true
}
