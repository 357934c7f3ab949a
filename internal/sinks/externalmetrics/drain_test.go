package externalmetrics

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	restclient "k8s.io/client-go/rest"
)

const drainFor = 2 * time.Second

// endpoint is what a Service does: new connections go where it points, and those
// that are open stay where they are.
type endpoint struct{ addr atomic.Pointer[net.Addr] }

func (e *endpoint) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, (*e.addr.Load()).String())
}

// Clients ask all the time while a server stops whose endpoint goes only some time
// after it has failed its readiness. Not one request fails.
func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name      string
		http2     bool
		keepAlive bool
		pause     time.Duration
	}{
		{"HTTP/2", true, true, 0},
		{"HTTP/2, with pauses", true, true, 300 * time.Millisecond},
		{"HTTP/1.1", false, true, 0},
		{"HTTP/1.1, with pauses", false, true, 300 * time.Millisecond},
		{"a connection each", false, false, time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := guard(t, func(s *Settings) { s.DrainFor = drainFor })
			next := guard(t)
			service := &endpoint{}
			point := func(to *guarded) { addr := to.server.Addr(); service.addr.Store(&addr) }
			point(g)
			pool := g.ownCA.pool()
			pool.AddCert(next.ownCA.cert)
			transport := &http.Transport{
				TLSClientConfig:   &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
				ForceAttemptHTTP2: c.http2, DisableKeepAlives: !c.keepAlive, MaxIdleConnsPerHost: 8, DialContext: service.dial,
			}
			defer transport.CloseIdleConnections()
			l := startLoad(t, &http.Client{Transport: transport, Timeout: 10 * time.Second}, 8, c.pause)
			require.Eventually(t, func() bool { return l.good.Load() > 20 }, 10*time.Second, time.Millisecond)

			begin := time.Now()
			ended := make(chan error, 1)
			go func() { ended <- g.stop() }()
			require.Eventually(t, func() bool { return g.server.Ready() != nil }, time.Second, time.Millisecond)
			status, _ := g.get(t, g.as(t, nil), "/readyz", nil)
			require.Equal(t, http.StatusInternalServerError, status)
			status, _ = g.get(t, g.as(t, nil), metricPath("shop", "w"), bearer(readerToken))
			require.Equal(t, http.StatusOK, status)
			require.Eventually(t, func() bool { return time.Since(begin) > drainFor/4 }, drainFor, time.Millisecond)
			point(next)
			require.NoError(t, <-ended)
			took, before := time.Since(begin), l.good.Load()
			require.GreaterOrEqual(t, took, drainFor)
			require.Less(t, took, drainFor+shutdownTimeout+2*time.Second)
			require.Eventually(t, func() bool { return l.good.Load() > before+20 }, 10*time.Second, time.Millisecond)
			l.stop()
			require.Zero(t, l.bad.Load())
			t.Logf("%d requests, none failed; stopped after %s", l.good.Load(), took)
		})
	}
}

type load struct {
	good, bad atomic.Int64
	stop      func()
}

func startLoad(t *testing.T, client *http.Client, clients int, pause time.Duration) *load {
	t.Helper()
	l := &load{}
	done := make(chan struct{})
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(pause):
				}
				if err := getValue(client); err != nil {
					l.bad.Add(1)
					t.Log(err)
					continue
				}
				l.good.Add(1)
			}
		})
	}
	l.stop = sync.OnceFunc(func() {
		close(done)
		all.Wait()
	})
	t.Cleanup(l.stop)
	return l
}

func getValue(client *http.Client) error {
	req, err := http.NewRequest(http.MethodGet, "https://localhost"+metricPath("shop", "w"), http.NoBody)
	if err != nil {
		return err
	}
	req.Header = bearer(readerToken)
	return roundTrip(client, req)
}

// A request that is being worked on when the server stops is answered, if it can be
// within the time for that.
func TestDrainWaitsForRequestsInFlight(t *testing.T) {
	for _, http2 := range []bool{true, false} {
		inside, release := make(chan struct{}), make(chan struct{})
		var once sync.Once
		g := guard(t, func(s *Settings) {
			s.Forward = func(own http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == metricPath("shop", "w") {
						once.Do(func() { close(inside) })
						<-release
					}
					own.ServeHTTP(w, r)
				})
			}
		})
		client := g.as(t, nil)
		client.Transport.(*http.Transport).ForceAttemptHTTP2 = http2
		answered := make(chan int, 1)
		go func() {
			status, _, _ := g.ask(t.Context(), client, metricPath("shop", "w"), bearer(readerToken))
			answered <- status
		}()
		<-inside
		ended := make(chan error, 1)
		go func() { ended <- g.stop() }()
		require.Eventually(t, func() bool {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", g.server.Addr().String())
			if err == nil {
				conn.Close()
			}
			return err != nil
		}, 10*time.Second, time.Millisecond, "it listens no more")
		close(release)
		require.Equal(t, http.StatusOK, <-answered)
		require.NoError(t, <-ended)
	}
}

// From the middle of the drain on, clients are asked to connect anew.
func TestLeaving(t *testing.T) {
	s := newServer(t, NewBoard(at(0)))
	s.drainFor = time.Hour
	asked := func(path string) string {
		rec := httptest.NewRecorder()
		s.generic.Handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		return rec.Header().Get("Connection")
	}
	require.Empty(t, asked(apiPath))
	s.end()
	require.Empty(t, asked(apiPath))
	middle := time.Now().Add(-s.drainFor / 2)
	s.ending.Store(&middle)
	for _, path := range []string{apiPath, metricPath("shop", "w"), "/refused//here"} {
		require.Equal(t, "close", asked(path), path)
	}
}

// An API server that never answers keeps nobody from ending.
func TestRunEndsWithoutTheCluster(t *testing.T) {
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	g := &guarded{board: NewBoard(at(0)), ownCA: newAuthority(t)}
	g.start(t, func(s *Settings) { s.Access.Cluster = &restclient.Config{Host: "http://" + silent.Addr().String()} })
	require.Eventually(t, func() bool { return g.server.running.Load() }, 10*time.Second, time.Millisecond)
	require.ErrorIs(t, g.server.Ready(), errNoFrontProxy)
	begin := time.Now()
	status, _ := g.get(t, g.as(t, nil), metricPath("shop", "w"), bearer(readerToken))
	require.Equal(t, http.StatusUnauthorized, status)
	require.NoError(t, g.stop())
	require.Less(t, time.Since(begin), reviewBound+shutdownTimeout)
}

func TestNewServerAsksNobody(t *testing.T) {
	c := newCluster(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "0.0.0.0:0")
	require.NoError(t, err)
	defer l.Close()
	s, err := NewServer(Settings{Listener: l, Access: &Access{Cluster: c.config()}, Certificate: newPairs(nil, nil)}, NewBoard(at(0)))
	require.NoError(t, err)
	require.ErrorIs(t, s.Ready(), errNotRunning)
	require.Zero(t, c.asked.Load())
}
