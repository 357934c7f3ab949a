package forward

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"
)

// Forwarder passes on what Scaler does not serve. It is safe for concurrent use.
type Forwarder struct {
	log     *slog.Logger
	metrics *Metrics
	knows   func(namespace, metric string) bool
	adapter *adapter
	breaker *breaker
	slots   chan struct{} // one for each call in flight
	list    *discovery
	blamed  atomic.Bool // whether a fault of the set-up was logged
}

// New makes a Forwarder. It calls nobody until it is asked, or Run.
func New(s Settings) (*Forwarder, error) {
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("forward external metrics: %w", err)
	}
	a, err := newAdapter(&s)
	if err != nil {
		return nil, fmt.Errorf("forward external metrics to %s/%s: %w", s.Namespace, s.Service, err)
	}
	log := s.Logger.With("adapter", s.Namespace+"/"+s.Service)
	f := &Forwarder{
		log:     log,
		metrics: s.Metrics,
		knows:   s.Knows,
		adapter: a,
		slots:   make(chan struct{}, maxInFlight),
		list:    newDiscovery(log),
	}
	f.breaker = &breaker{now: time.Now, chance: rand.Float64, changed: f.breakerChanged}
	return f, nil
}

// Wrap makes a handler that stands before next, after authentication and
// authorisation: it forwards reads of metrics that Scaler does not know, for clients
// that are known, and answers discovery. Everything else is next's.
func (f *Forwarder) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.UserAgent() == userAgent {
			next.ServeHTTP(w, r)
			return
		}
		if r.URL.Path == listPath && acceptsJSON(r.Header) {
			send(w, http.StatusOK, f.list.body())
			return
		}
		if t, ok := targetOf(r); ok && !f.knows(t.namespace, t.metric) {
			f.forward(w, r, t)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Run reads the adapter's discovery every half a minute until the context ends. It is
// called once, and ends after the server that is wrapped, since it closes the idle
// connections.
func (f *Forwarder) Run(ctx context.Context) {
	defer f.adapter.close()
	f.list.run(ctx, f.adapter)
}

func (f *Forwarder) forward(w http.ResponseWriter, r *http.Request, t target) {
	start := time.Now()
	body, res := f.ask(r.Context(), t)
	f.metrics.ended(res, time.Since(start))
	f.blame(res)
	if res != resultOK {
		refuse(w, t, res)
		return
	}
	send(w, http.StatusOK, body)
}

// ask waits for nothing but the adapter, and for that no longer than the deadline.
func (f *Forwarder) ask(ctx context.Context, t target) (body []byte, res result) {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	default:
		return nil, resultBusy
	}
	ended, ok := f.breaker.allow()
	if !ok {
		return nil, resultOpen
	}
	res = resultCanceled // should anything below panic
	defer func() { ended(res.verdict()) }()
	return f.adapter.metric(ctx, t)
}

// blame logs, once, what only an administrator can put right.
func (f *Forwarder) blame(res result) {
	if res != resultRefused && res != resultRedirected && res != resultNoToken {
		return
	}
	if !f.blamed.Swap(true) {
		f.log.Error("forwarding is not set up", "reason", res.reason())
	}
}

func (f *Forwarder) breakerChanged(open bool) {
	f.metrics.breaker(open)
	if open {
		f.log.Warn("adapter does not answer: forwarding paused")
		return
	}
	f.log.Info("adapter answers again: forwarding resumed")
}
