package cli

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHealthcheckOfADaemonThatHangs: a container's health check has its own time-out,
// and ours comes first.
func TestHealthcheckOfADaemonThatHangs(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(s.Close)
	h, out, stderr := host("healthcheck", "--address", s.URL)
	began := time.Now()
	require.Equal(t, exitFailure, Main(t.Context(), h))
	require.InDelta(t, checkTimeout.Seconds(), time.Since(began).Seconds(), 1)
	require.Empty(t, out.String())
	require.Contains(t, stderr.String(), "error: ask http://127.0.0.1:")
}
