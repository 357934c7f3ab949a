package console

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	return r
}

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := listen(t)
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, (&host{}).handler(), nil) }()
	res, err := client(t).Do(request(t, "http://"+l.Addr().String()+"/livez"))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	cancel()
	require.NoError(t, <-done)
}

// TestServeEndsDespiteAHungRequest: a request that never ends does not keep the
// process.
func TestServeEndsDespiteAHungRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, entered, release := listen(t), make(chan struct{}), make(chan struct{})
	hung := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-release
	})
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, hung, nil) }()
	asked := make(chan error, 1)
	r, c := request(t, "http://"+l.Addr().String()+"/"), client(t)
	go func() {
		res, err := c.Do(r)
		if err == nil {
			err = res.Body.Close()
		}
		asked <- err
	}()
	<-entered
	start := time.Now()
	cancel()
	require.NoError(t, <-done)
	require.Less(t, time.Since(start), 3*time.Second)
	require.Error(t, <-asked)
	close(release)
}

func TestServeRefusesLargeHeaders(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := listen(t)
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, (&host{}).handler(), nil) }()
	r := request(t, "http://"+l.Addr().String()+"/livez")
	r.Header.Set("X-Large", strings.Repeat("a", 64<<10))
	res, err := client(t).Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, res.StatusCode)
	cancel()
	require.NoError(t, <-done)
}

func TestServeTellsWhyItCannot(t *testing.T) {
	l := listen(t)
	require.NoError(t, l.Close())
	err := Serve(t.Context(), l, http.NotFoundHandler(), nil)
	require.ErrorContains(t, err, "serve ops on 127.0.0.1:")
}
