package console

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/signals"
)

func TestLivezOfAStuckLoop(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	handler := h.handler()
	for _, c := range []struct {
		late time.Duration
		code int
	}{
		{0, 200},
		{time.Second, 200},
		{2500 * time.Millisecond, 200},
		{2501 * time.Millisecond, 503},
		{time.Minute, 503},
	} {
		h.mono = time.Hour + c.late
		w := get(t, handler, http.MethodGet, "/livez")
		require.Equal(t, c.code, w.Code, c.late)
	}
	require.Equal(t, "[-]loop no tick for 1m0s, one is due every 1s\nfailed\n", get(t, handler, http.MethodGet, "/livez").Body.String())
	require.Contains(t, get(t, handler, http.MethodGet, "/health").Body.String(), `"state": "stuck"`)
}

func TestLivezBeforeTheFirstTick(t *testing.T) {
	h := &host{mono: time.Minute}
	handler := h.handler()
	h.mono += grace
	require.Equal(t, http.StatusOK, get(t, handler, http.MethodGet, "/livez").Code)
	h.mono += time.Second
	w := get(t, handler, http.MethodGet, "/livez")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "[-]loop no tick since the start 31s ago\nfailed\n", w.Body.String())
}

func TestReadyz(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	handler := h.handler()
	ready := func() int { return get(t, handler, http.MethodGet, "/readyz").Code }
	require.Equal(t, http.StatusOK, ready())

	h.ready = errors.New("not serving yet")
	require.Equal(t, http.StatusServiceUnavailable, ready(), "external metrics are not served")
	h.ready = nil

	h.status.Config.Hash = ""
	require.Equal(t, http.StatusServiceUnavailable, ready(), "no documents")
	h.status.Config.Hash = "abc"

	h.status.AllPolled = false
	require.Equal(t, http.StatusServiceUnavailable, ready(), "a poll was not attempted")
	h.mono += grace + time.Second
	require.Equal(t, http.StatusOK, ready(), "30 s have passed")
}

// TestReadyzIsNotAboutProviders: readiness never depends on whether AWS or
// Prometheus answers.
func TestReadyzIsNotAboutProviders(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	h.status.Providers[0].Last = &signals.Error{Reason: signals.Unavailable}
	h.status.Providers[0].Failures = 240
	handler := h.handler()
	require.Equal(t, http.StatusOK, get(t, handler, http.MethodGet, "/readyz").Code)
	require.Equal(t, http.StatusServiceUnavailable, get(t, handler, http.MethodGet, "/health?strict").Code)
}

// TestWhoFollows has no loop that could be stuck: were it ended for want of a
// leader, nobody would be left to answer.
func TestWhoFollows(t *testing.T) {
	h := &host{mono: time.Hour, follows: true}
	handler := h.handler()
	code := func(path string) int { return get(t, handler, http.MethodGet, path).Code }
	require.Equal(t, http.StatusServiceUnavailable, code("/readyz"), "nothing was mirrored yet")
	h.mono += grace + time.Second
	require.Equal(t, http.StatusOK, code("/readyz"), "there is nobody to follow")
	require.Equal(t, http.StatusOK, code("/livez"))
	h.status = good()
	h.status.Mirrored = true
	h.mono += time.Hour
	require.Equal(t, http.StatusOK, code("/livez"))
	require.Equal(t, http.StatusOK, code("/readyz"))
	require.Contains(t, get(t, handler, http.MethodGet, "/health").Body.String(), `"state": "follows"`)
	h.status.Guards[0].Tripped = true
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/guards/aws/lift", http.NoBody)
	r.RemoteAddr, r.Host = "127.0.0.1:5000", "127.0.0.1:8080"
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	require.Equal(t, http.StatusConflict, w.Code)
	require.Empty(t, h.lifted)
}

func TestTroubles(t *testing.T) {
	s := Settings{Status: good, Mono: func() time.Duration { return time.Hour }, Troubles: func() []string { return []string{"certificate: it has expired"} }}
	w := get(t, New(s), http.MethodGet, "/health?strict")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "certificate: it has expired")
}
