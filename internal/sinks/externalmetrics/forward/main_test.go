package forward

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/endpoints/filters"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/klog/v2"
)

func TestMain(m *testing.M) {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

const (
	token  = "scalers-own-token"
	secret = "text-of-the-adapter"

	metricPath = listPath + "/namespaces/shop/queue"
	ours       = "answered by Scaler itself"
)

// metricBody is as adapters write it, to the line break.
var metricBody = list(`{"metricName":"queue","metricLabels":{"a":"b"},"timestamp":"2026-03-01T12:00:00Z","value":"1500m"}`) + "\n"

// world is a Forwarder before an adapter that is reached without a network, so that
// it works in a bubble of synctest.
type world struct {
	t       *testing.T
	f       *Forwarder
	handler http.Handler
	reg     *prometheus.Registry
	logs    *buffer
	dials   int

	mu      sync.Mutex
	seen    []*http.Request // by the adapter
	working int             // on them
}

// newWorld serves one metric of Scaler's, "own" in shop, and all else of it by next.
func newWorld(t *testing.T, adapter http.Handler, change ...func(*Settings)) *world {
	t.Helper()
	w := &world{t: t, reg: prometheus.NewPedanticRegistry(), logs: &buffer{}}
	cert, ca := newCert(t, "adapter.legacy.svc")
	l := newPipeListener()
	server := &http.Server{
		Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			defer w.work(-1)
			w.work(1)
			w.mu.Lock()
			w.seen = append(w.seen, r.Clone(context.WithoutCancel(r.Context())))
			w.mu.Unlock()
			adapter.ServeHTTP(rw, r)
		}),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}},
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ServeTLS(l, "", "") }()
	s := Settings{
		Service: "adapter", Namespace: "legacy", Port: 6443, CABundle: ca,
		Token: func() (string, error) { return token + "\n", nil },
		Knows: func(namespace, metric string) bool { return namespace == "shop" && metric == "own" },
		Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
			require.Equal(t, "adapter.legacy.svc:6443", address)
			w.mu.Lock()
			w.dials++
			w.mu.Unlock()
			return l.dial(ctx)
		},
		Logger:  slog.New(slog.NewJSONHandler(w.logs, nil)),
		Metrics: NewMetrics(w.reg),
	}
	for _, c := range change {
		c(&s)
	}
	f, err := New(s)
	require.NoError(t, err)
	w.f = f
	w.handler = authenticated(f.Wrap(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, ours)
	})))
	t.Cleanup(func() {
		f.adapter.close()
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
		for synctest.Wait(); w.work(0) > 0; synctest.Wait() {
			time.Sleep(deadline)
		}
		require.NotContains(t, w.logs.String(), token)
		require.NotContains(t, w.logs.String(), secret)
	})
	return w
}

// get is a client's request; what must never be in an answer is looked for in each.
func (w *world) get(path string, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) *httptest.ResponseRecorder {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	require.NotContains(w.t, rec.Body.String(), token)
	require.NotContains(w.t, rec.Body.String(), secret)
	for name := range rec.Header() {
		require.Contains(w.t, []string{"Content-Type"}, name)
	}
	return rec
}

func (w *world) work(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.working += n
	return w.working
}

func (w *world) requests() []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

func (w *world) count(r result) float64 {
	return testutil.ToFloat64(w.f.metrics.requests.WithLabelValues(string(r)))
}

// authenticated gives requests what the API server's chain gives them.
func authenticated(h http.Handler) http.Handler {
	withUser := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(request.WithUser(r.Context(), &user.DefaultInfo{Name: "hpa"})))
	})
	return filters.WithRequestInfo(withUser, &request.RequestInfoFactory{
		APIPrefixes: sets.NewString("apis", "api"), GrouplessAPIPrefixes: sets.NewString("api"),
	})
}

func answer(code int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// pipeListener is a network of two ends.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, a := net.Pipe()
	b, server := net.Pipe()
	go pump(a, b)
	go pump(b, a)
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		_ = client.Close()
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		_ = client.Close()
		return nil, ctx.Err()
	}
}

// pump carries bytes from one end to the other, and as a network does it takes some
// that nobody reads yet.
func pump(to, from net.Conn) {
	flying := make(chan []byte, 64)
	go func() {
		defer from.Close()
		defer to.Close()
		for p := range flying {
			if _, err := to.Write(p); err != nil {
				from.Close()
			}
		}
	}()
	defer close(flying)
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		flying <- bytes.Clone(buf[:n])
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// newCert is a certificate that is its own authority, valid in a bubble too.
func newCert(t *testing.T, name string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// buffer is for loggers of many goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// otherCA is an authority that signed nothing here.
var otherCA = func() []byte {
	_, ca := newCert(&testing.T{}, "other")
	return ca
}()
