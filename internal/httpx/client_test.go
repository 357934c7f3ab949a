package httpx_test

import (
	"compress/gzip"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

func newClient(t *testing.T, s httpx.Settings) *httpx.Client {
	t.Helper()
	c, err := httpx.NewClient(s)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// get reads an answer whole, as the leaves do.
func get(t *testing.T, ctx context.Context, c *httpx.Client, url string) ([]byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	if failed := httpx.StatusFailure(resp.StatusCode); failed != nil {
		resp.Body.Close()
		return nil, failed
	}
	return httpx.ReadBody(resp, httpx.DefaultMaxBody)
}

func requireReason(t *testing.T, want signals.Reason, err error) {
	t.Helper()
	var failed *signals.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, want, failed.Reason, failed.Error())
}

func TestLinkLocalIsNeverDialed(t *testing.T) {
	c := newClient(t, httpx.Settings{})
	for _, url := range []string{"http://169.254.169.254/latest/meta-data", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0:1/", "http://[fd00:ec2::254]/"} {
		_, err := get(t, t.Context(), c, url)
		requireReason(t, signals.Unavailable, err)
		require.ErrorContains(t, err, "link-local")
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var followed atomic.Bool
	target := serve(t, func(http.ResponseWriter, *http.Request) { followed.Store(true) })
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) })
	_, err := get(t, t.Context(), newClient(t, httpx.Settings{}), url)
	requireReason(t, signals.Unavailable, err)
	require.False(t, followed.Load())
}

func TestGzipBombIsBounded(t *testing.T) {
	const whole, block = 1 << 30, 1 << 20
	var sent atomic.Int64
	zeros := make([]byte, block)
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range whole / block {
			if _, err := z.Write(zeros); err != nil {
				return
			}
			sent.Add(block)
		}
		_ = z.Close()
	})
	c := newClient(t, httpx.Settings{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := get(t, t.Context(), c, url)
	runtime.ReadMemStats(&after)
	requireReason(t, signals.Parse, err)
	require.ErrorContains(t, err, "too large")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
	require.Less(t, sent.Load(), int64(whole), "the whole bomb was read")
}

func TestLimitCountsToTheByte(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "0123456789") })
	for _, tc := range []struct {
		limit int64
		ok    bool
	}{{9, false}, {10, true}, {11, true}} {
		c := newClient(t, httpx.Settings{MaxBody: tc.limit})
		body, err := get(t, t.Context(), c, url)
		if !tc.ok {
			requireReason(t, signals.Parse, err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, "0123456789", string(body))
	}
}

func TestFaults(t *testing.T) {
	released := make(chan struct{})
	defer close(released)
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-released:
		}
	}
	drip := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
	}
	halfChunks := func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	noGzip := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "this is not compressed")
	}
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    signals.Reason
	}{
		{"hang", hang, signals.Timeout},
		{"slow drip", drip, signals.Timeout},
		{"half a body", half, signals.Parse},
		{"half a chunked body", halfChunks, signals.Parse},
		{"not gzip", noGzip, signals.Parse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err := get(t, ctx, newClient(t, httpx.Settings{}), serve(t, tc.handler))
			requireReason(t, tc.want, err)
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	_, err = get(t, t.Context(), newClient(t, httpx.Settings{}), "http://"+address)
	requireReason(t, signals.Unavailable, err)
	require.NotContains(t, err.Error(), address)
}

func TestSkewComesFromDate(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
	})
	c := newClient(t, httpx.Settings{})
	require.Zero(t, c.Skew())
	_, err := get(t, t.Context(), c, url)
	require.NoError(t, err)
	require.InDelta(t, -10*time.Minute, c.Skew(), float64(2*time.Second))
}

func TestHeaders(t *testing.T) {
	var got http.Header
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	c := newClient(t, httpx.Settings{Headers: map[string]v1alpha1.Secret{"X-Scope-OrgID": "tenant"}})
	_, err := get(t, t.Context(), c, url)
	require.NoError(t, err)
	require.Equal(t, "tenant", got.Get("X-Scope-Orgid"))

	basic := &v1alpha1.Auth{Basic: &v1alpha1.BasicAuth{Username: "u", Password: "p"}}
	for _, tc := range []struct {
		name, header string
		value        v1alpha1.Secret
		auth         *v1alpha1.Auth
	}{
		{"host", "host", "a.test", nil},
		{"framing", "Content-Length", "1", nil},
		{"decompression", "accept-encoding", "gzip", nil},
		{"authorization beside auth", "Authorization", "hunter2", basic},
		{"line break", "X-A", "hunter2\r\nHost: a.test", nil},
		{"no name", "", "hunter2", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := httpx.NewClient(httpx.Settings{Auth: tc.auth, Headers: map[string]v1alpha1.Secret{tc.header: tc.value}})
			require.ErrorContains(t, err, "headers: ")
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestParseBase(t *testing.T) {
	for _, bad := range []string{
		"", "prometheus:9090", "/api", "file:///etc/passwd", "gopher://a.test", "http://", "http:///path", "https:a.test",
		"http://user:hunter2@a.test", "http://user:hunter2@a.test:port", "http://a.test?x=hunter2", "http://a.test?", "http://a.test#x",
	} {
		t.Run(bad, func(t *testing.T) {
			_, err := httpx.ParseBase(bad)
			require.ErrorContains(t, err, "url: ")
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	u, err := httpx.ParseBase("https://a.test:9090/prometheus/")
	require.NoError(t, err)
	require.Equal(t, "/prometheus/", u.Path)
}

func TestReadBodyReportsFailures(t *testing.T) {
	resp := &http.Response{Body: io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))}
	_, err := httpx.ReadBody(resp, 10)
	requireReason(t, signals.Parse, err)
}
