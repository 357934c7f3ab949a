package externalmetrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
)

const (
	requestTimeout     = 4 * time.Second
	shutdownTimeout    = 3 * time.Second
	defaultMaxInFlight = 1000
)

// Settings are what the host gives a server.
type Settings struct {
	// Listener of a TCP address. Run closes it; until Run is called it stays the
	// caller's.
	Listener net.Listener
	// Access says who may read; nil: everybody, on a loopback address only.
	Access *Access
	// Certificate is what the server shows: the latest that the provider has and that
	// fits its key. Until there is one, handshakes fail. The caller keeps it up to
	// date. Nil, without Access only: one made in memory.
	Certificate dynamiccertificates.CertKeyContentProvider
	// Forward puts a handler between authorization and this server's own; nil: none.
	Forward func(http.Handler) http.Handler
	// Asleep tells whether the process stood still and what the boards have is of the
	// past, so that no metric is served. Every read calls it. Nil: it never does.
	Asleep func() bool
	// DrainFor is how long requests are still answered after Run's context has ended.
	DrainFor time.Duration
	// Logger; nil: none.
	Logger *slog.Logger
	// MaxInFlight requests are worked on at once, others answered 503; 0: 1000.
	MaxInFlight int
}

// Server serves boards over TLS.
type Server struct {
	log      *slog.Logger
	addr     net.Addr
	ca       []byte // of the certificate made in memory
	cert     *certificate
	access   *access // nil: everybody
	boards   boards
	drainFor time.Duration
	generic  *genericapiserver.GenericAPIServer
	begun    chan struct{} // closed once the library serves
	running  atomic.Bool
	ending   atomic.Pointer[time.Time] // since when
}

// NewServer makes a server of what is on any of the boards. Until each of them has
// been published to, a metric that none has is answered 503, and then 404. Nothing
// runs, and nobody is asked, before Run.
func NewServer(s Settings, bs ...*Board) (*Server, error) {
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.MaxInFlight == 0 {
		s.MaxInFlight = defaultMaxInFlight
	}
	server := &Server{log: s.Logger, addr: s.Listener.Addr(), boards: slices.Clone(bs), drainFor: s.DrainFor, begun: make(chan struct{})}
	if err := server.secure(s); err != nil {
		return nil, fmt.Errorf("serve external metrics on %s: %w", server.addr, err)
	}
	if err := registerMetrics(); err != nil {
		return nil, err
	}
	adapter, err := (&apiserver.Config{GenericConfig: server.config(s)}).Complete(nil).New("scaler", nil, newProvider(server.boards, s.Asleep))
	if err != nil {
		return nil, fmt.Errorf("make the external metrics server: %w", err)
	}
	server.generic = adapter.GenericAPIServer
	server.generic.ShutdownTimeout = shutdownTimeout
	begin := func(genericapiserver.PostStartHookContext) error {
		close(server.begun)
		return nil
	}
	if err := server.generic.AddPostStartHook("begin", begin); err != nil {
		return nil, fmt.Errorf("make the external metrics server: %w", err)
	}
	return server, nil
}

// secure settles the certificate and who is let in.
func (s *Server) secure(from Settings) error {
	tcp, ok := s.addr.(*net.TCPAddr)
	loopback := ok && tcp.IP.IsLoopback()
	switch {
	case from.Access == nil && !loopback:
		return errors.New("authentication None is allowed on a loopback address only")
	case from.Certificate != nil:
		s.cert = newCertificate(from.Certificate)
	case from.Access != nil:
		return errors.New("where clients authenticate, a certificate is needed")
	default:
		if err := s.selfSign(tcp.IP); err != nil {
			return err
		}
	}
	if from.Access == nil {
		return nil
	}
	made, err := newAccess(from.Access, s.log)
	s.access = made
	return err
}

func (s *Server) selfSign(ip net.IP) error {
	cert, key, err := selfSigned(ip)
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	pair, err := dynamiccertificates.NewStaticCertKeyContent("self-signed", cert, key)
	if err != nil {
		return fmt.Errorf("use the certificate: %w", err)
	}
	s.ca, s.cert = cert, newCertificate(pair)
	return nil
}

// Run serves until the context ends. From then on it is not ready, but answers as
// before for DrainFor, asking clients in the second half of it to connect anew, so
// that none is left when it stops; requests in flight then have three seconds to
// end. It is called once.
func (s *Server) Run(ctx context.Context) error {
	s.log.Info("external metrics serving", "addr", s.addr.String())
	defer s.log.Info("external metrics stopped", "addr", s.addr.String())
	beside, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var besides sync.WaitGroup
	besides.Go(func() { s.runBeside(beside) })
	defer func() {
		cancel()
		besides.Wait()
		s.running.Store(false)
	}()
	defer context.AfterFunc(ctx, s.end)()
	s.cert.await(ctx)
	if err := s.generic.PrepareRun().RunWithContext(ctx); err != nil {
		return fmt.Errorf("serve external metrics on %s: %w", s.addr, err)
	}
	return nil
}

// runBeside keeps up what the server needs from the time it serves until the context
// ends.
func (s *Server) runBeside(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-s.begun:
	}
	s.running.Store(true)
	s.cert.begin()
	if s.access != nil {
		s.access.proxy.run(ctx)
	}
}

func (s *Server) end() {
	now := time.Now()
	s.ending.Store(&now)
}

// leaving says whether clients should connect anew, to somebody else by then.
func (s *Server) leaving() bool {
	since := s.ending.Load()
	return since != nil && time.Since(*since) >= s.drainFor/2
}

var (
	errNotRunning = errors.New("the external metrics API is not running")
	errEnding     = errors.New("the external metrics API is about to end")
)

// Ready tells why clients should not be sent here; nil while they should.
func (s *Server) Ready() error {
	switch {
	case !s.running.Load():
		return errNotRunning
	case s.ending.Load() != nil:
		return errEnding
	}
	if err := s.cert.ready(); err != nil {
		return err
	}
	if s.access != nil {
		return s.access.proxy.ready()
	}
	return nil
}

// CertificateExpiry is when the certificate expires; false while there is none.
func (s *Server) CertificateExpiry() (time.Time, bool) { return s.cert.expiry() }

// Knows says whether the metric is the server's own. While a board has nothing yet,
// every one may be.
func (s *Server) Knows(namespace, metric string) bool {
	_, ok := s.boards.read(namespace, metric)
	return ok
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.addr }

// CABundle is the certificate, as PEM, that a client needs to trust a server that
// made its own; nil for another.
func (s *Server) CABundle() []byte { return slices.Clone(s.ca) }
