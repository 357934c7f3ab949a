package testattack

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answering is a target that gives every request the same answer.
func answering(t *testing.T, h http.HandlerFunc) Target {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return Target{URL: s.URL, Roots: roots, Own: "a", Other: "b", Metric: "w", Tokens: map[Identity]string{Tenant: "t", Stranger: "s"}, Secrets: []string{"4711"}}
}

func TestRefusalsAreNoFaults(t *testing.T) {
	var tokens, certificates atomic.Int64
	target := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer t" {
			tokens.Add(1)
		}
		if len(r.TLS.PeerCertificates) > 0 {
			certificates.Add(1)
		}
		http.Error(w, "no", http.StatusForbidden)
	})
	names := map[string]bool{}
	for _, c := range Classes() {
		names[c.Name] = true
		result, err := c.Run(t.Context(), target, 50)
		require.NoError(t, err)
		require.Empty(t, result.Faults)
		require.Equal(t, map[int]int{http.StatusForbidden: 50}, result.Statuses)
		require.LessOrEqual(t, result.Median, result.Slowest)
	}
	require.Len(t, names, 13)
	require.EqualValues(t, 8*50, tokens.Load())
	require.EqualValues(t, 50, certificates.Load())
}

func TestFaults(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"data":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
		"redirect":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
		"unavailable": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusServiceUnavailable) },
		"secret":      func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "is 4711", http.StatusForbidden) },
		"long":        tooLong,
		"reset":       func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"retry": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "", http.StatusForbidden)
		},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := Classes()[5].Run(t.Context(), answering(t, h), 20)
			require.NoError(t, err)
			require.Len(t, result.Faults, maxFaults)
		})
	}
}

func tooLong(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, strings.Repeat("x", maxBody), http.StatusForbidden)
}
