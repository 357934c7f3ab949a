package externalmetrics

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apiserver/pkg/server/dynamiccertificates"
)

var errNoCertificate = errors.New("there is no certificate to serve with yet")

var _ dynamiccertificates.CertKeyContentProvider = (*certificate)(nil)

// certificate is what the server shows. The library sees no change of it before
// begin: until it serves, it is not safe to tell it of one. Nor does it see more of
// the provider, so that whoever keeps that up to date also runs it.
type certificate struct {
	provider dynamiccertificates.CertKeyContentProvider

	begun atomic.Bool
	first func() (cert, key []byte) // what the provider had when first asked

	mu        sync.Mutex // guards listeners, and is not held when the provider is called
	listeners []dynamiccertificates.Listener
}

func newCertificate(p dynamiccertificates.CertKeyContentProvider) *certificate {
	c := &certificate{provider: p, first: sync.OnceValues(p.CurrentCertKeyContent)}
	p.AddListener(c)
	return c
}

// firstWithin is how long a server waits for its first certificate before it serves
// without: a Secret is read within moments, and the library logs an error for each
// attempt without a pair.
const firstWithin = 2 * time.Second

// await waits for the first certificate, for a moment.
func (c *certificate) await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, firstWithin)
	defer cancel()
	often := time.NewTicker(20 * time.Millisecond)
	defer often.Stop()
	for {
		if _, ok := c.expiry(); ok {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-often.C:
		}
	}
}

// begin shows the latest, from now on.
func (c *certificate) begin() {
	c.begun.Store(true)
	c.Enqueue()
}

// Enqueue passes on that there may be a change.
func (c *certificate) Enqueue() {
	if !c.begun.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.listeners {
		l.Enqueue()
	}
}

// Name is the provider's.
func (c *certificate) Name() string { return c.provider.Name() }

// AddListener adds who is told of changes.
func (c *certificate) AddListener(l dynamiccertificates.Listener) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listeners = append(c.listeners, l)
}

// CurrentCertKeyContent is what the server may show.
func (c *certificate) CurrentCertKeyContent() (cert, key []byte) {
	if c.begun.Load() {
		return c.provider.CurrentCertKeyContent()
	}
	return c.first()
}

// expiry is when the latest certificate ends; false if there is none, or none that
// fits its key.
func (c *certificate) expiry() (time.Time, bool) {
	pair, err := tls.X509KeyPair(c.provider.CurrentCertKeyContent())
	if err != nil {
		return time.Time{}, false
	}
	return pair.Leaf.NotAfter, true
}

// ready tells why clients would not accept the certificate.
func (c *certificate) ready() error {
	end, ok := c.expiry()
	switch {
	case !ok:
		return errNoCertificate
	case !time.Now().Before(end):
		return fmt.Errorf("the certificate expired at %s", end.UTC().Format(time.RFC3339))
	default:
		return nil
	}
}
