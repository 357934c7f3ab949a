package externalmetrics

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	restclient "k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	hpaclient "k8s.io/metrics/pkg/client/external_metrics"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestMain(m *testing.M) {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

const apiPath = "/apis/external.metrics.k8s.io/v1beta1"

var (
	wall   = time.Date(2026, 3, 1, 12, 0, 0, 678e6, time.UTC)
	orders = policy.ID{Namespace: "shop", Name: "orders-worker"}
)

// known is a decision of n replicas with a backlog, both good for a minute.
func known(id policy.ID, n int32, backlog float64) policy.Decision {
	return policy.Decision{
		Policy:  id,
		At:      signals.Instant{Wall: wall.Add(5 * time.Second)},
		Desired: policy.Replicas(n),
		DataAt:  wall,
		Expires: time.Minute,
		Signals: []policy.Reading{{Name: "backlog", State: signals.StateFresh, Value: &backlog, Served: &policy.Served{Value: backlog, At: wall, Expires: time.Minute}}},
	}
}

// served is a running server with its board, a sink and two clients.
type served struct {
	board  *Board
	server *Server
	mono   atomic.Int64
	raw    *http.Client
	hpa    hpaclient.ExternalMetricsClient
	stop   func() error // ends Run and gives its error
}

func serve(t *testing.T, change ...func(*Settings)) *served {
	t.Helper()
	s := &served{}
	s.board = NewBoard(func() time.Duration { return time.Duration(s.mono.Load()) })
	s.server = newServer(t, s.board, change...)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx) }()
	stopped := false
	s.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(s.server.CABundle()))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	s.raw = &http.Client{Transport: transport, Timeout: 5 * time.Second}
	hpa, err := hpaclient.NewForConfig(&restclient.Config{
		Host:            s.url(""),
		TLSClientConfig: restclient.TLSClientConfig{CAData: s.server.CABundle()},
		QPS:             -1,
	})
	require.NoError(t, err)
	s.hpa = hpa
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, s.stop())
	})
	require.Eventually(t, func() bool {
		resp, err := s.raw.Get(s.url("/readyz"))
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode == http.StatusOK
	}, 10*time.Second, 10*time.Millisecond)
	return s
}

func newServer(t testing.TB, b *Board, change ...func(*Settings)) *Server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	settings := Settings{Listener: l}
	for _, c := range change {
		c(&settings)
	}
	s, err := NewServer(settings, b)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return s
}

func (s *served) url(path string) string { return "https://" + s.server.Addr().String() + path }

func (s *served) publish(t *testing.T, ds ...policy.Decision) {
	t.Helper()
	names := map[policy.ID]string{}
	for _, d := range ds {
		names[d.Policy] = d.Policy.Name
	}
	require.NoError(t, NewSink(s.board, names).Publish(t.Context(), ds))
}

// get is one raw request; no answer may carry Retry-After.
func (s *served) get(t *testing.T, method, path string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url(path), http.NoBody)
	require.NoError(t, err)
	maps.Copy(req.Header, header)
	resp, err := s.raw.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Empty(t, resp.Header.Values("Retry-After"))
	return resp, string(body)
}
