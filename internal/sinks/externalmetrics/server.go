package externalmetrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/apiserver/pkg/server/healthz"
	restclient "k8s.io/client-go/rest"
	"k8s.io/component-base/metrics/legacyregistry"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver/metrics"
)

const (
	requestTimeout     = 4 * time.Second
	shutdownTimeout    = 3 * time.Second
	defaultMaxInFlight = 1000
)

// Settings are what the host gives a server.
type Settings struct {
	// Listener of a loopback TCP address. Run closes it; until Run is called it
	// stays the caller's.
	Listener net.Listener
	// Logger; nil: none.
	Logger *slog.Logger
	// MaxInFlight requests are worked on at once, others answered 503; 0: 1000.
	MaxInFlight int
}

// Server serves a board over TLS, to everybody who can reach it.
type Server struct {
	log     *slog.Logger
	addr    net.Addr
	ca      []byte
	generic *genericapiserver.GenericAPIServer
	running atomic.Bool
}

// NewServer makes a server that nobody needs to authenticate to, and therefore
// refuses an address that is not loopback.
func NewServer(s Settings, board *Board) (*Server, error) {
	tcp, ok := s.Listener.Addr().(*net.TCPAddr)
	if !ok || !tcp.IP.IsLoopback() {
		return nil, fmt.Errorf("serve external metrics on %s: authentication None is allowed on a loopback address only", s.Listener.Addr())
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.MaxInFlight == 0 {
		s.MaxInFlight = defaultMaxInFlight
	}
	cert, key, err := selfSigned(tcp.IP)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %s: %w", tcp, err)
	}
	cfg, err := config(s, cert, key)
	if err != nil {
		return nil, err
	}
	if err := registerMetrics(); err != nil {
		return nil, err
	}
	adapter, err := (&apiserver.Config{GenericConfig: cfg}).Complete(nil).New("scaler", nil, newProvider(board))
	if err != nil {
		return nil, fmt.Errorf("make the external metrics server: %w", err)
	}
	adapter.GenericAPIServer.ShutdownTimeout = shutdownTimeout
	return &Server{log: s.Logger, addr: tcp, ca: cert, generic: adapter.GenericAPIServer}, nil
}

func config(s Settings, cert, key []byte) (*genericapiserver.Config, error) {
	pair, err := dynamiccertificates.NewStaticCertKeyContent("self-signed", cert, key)
	if err != nil {
		return nil, fmt.Errorf("use the certificate: %w", err)
	}
	cfg := genericapiserver.NewConfig(apiserver.Codecs)
	cfg.SecureServing = &genericapiserver.SecureServingInfo{Listener: s.Listener, Cert: pair}
	// Required, and used by nothing that is installed: without a token it lets
	// nobody in.
	cfg.LoopbackClientConfig = &restclient.Config{}
	cfg.RequestTimeout = requestTimeout
	cfg.EnableProfiling = false
	cfg.EnableIndex = false
	// The filter sheds load in their place, without Retry-After.
	cfg.MaxRequestsInFlight, cfg.MaxMutatingRequestsInFlight = 0, 0
	// The log check would start a goroutine for ever.
	ping := []healthz.HealthChecker{healthz.PingHealthz}
	cfg.HealthzChecks, cfg.ReadyzChecks, cfg.LivezChecks = ping, slices.Clone(ping), slices.Clone(ping)
	cfg.BuildHandlerChainFunc = func(h http.Handler, c *genericapiserver.Config) http.Handler {
		return &filter{next: genericapiserver.DefaultBuildHandlerChain(h, c), limit: int64(s.MaxInFlight)}
	}
	return cfg, nil
}

// registerMetrics adds the library's freshness histogram to its registry, which is
// one for the process.
func registerMetrics() error {
	err := metrics.RegisterMetrics(legacyregistry.Register)
	if already := (prometheus.AlreadyRegisteredError{}); err != nil && !errors.As(err, &already) {
		return fmt.Errorf("register the metrics of the external metrics server: %w", err)
	}
	return nil
}

// Run serves until the context ends, then lets requests in flight end, within
// seconds. It is called once.
func (s *Server) Run(ctx context.Context) error {
	s.log.Info("external metrics serving", "addr", s.addr.String())
	defer s.log.Info("external metrics stopped", "addr", s.addr.String())
	s.running.Store(true)
	defer s.running.Store(false)
	if err := s.generic.PrepareRun().RunWithContext(ctx); err != nil {
		return fmt.Errorf("serve external metrics on %s: %w", s.addr, err)
	}
	return nil
}

// Ready tells why the server does not serve; nil while it does.
func (s *Server) Ready() error {
	if !s.running.Load() {
		return errNotRunning
	}
	return nil
}

var errNotRunning = errors.New("the external metrics API is not running")

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.addr }

// CABundle is the certificate, as PEM, that a client needs to trust the server.
func (s *Server) CABundle() []byte { return slices.Clone(s.ca) }
