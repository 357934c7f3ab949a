package console

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLift(t *testing.T) {
	for _, c := range []struct {
		name, provider, remote, host, origin, site string
		code                                       int
		lifts                                      bool
	}{
		{name: "curl here", provider: "aws", remote: "127.0.0.1:5000", host: "127.0.0.1:8080", code: 202, lifts: true},
		{name: "IPv6", provider: "aws", remote: "[::1]:5000", host: "[::1]:8080", code: 202, lifts: true},
		{name: "IPv4 in IPv6", provider: "aws", remote: "[::ffff:127.0.0.1]:5000", host: "localhost:8080", code: 202, lifts: true},
		{name: "our own page", provider: "aws", remote: "127.0.0.1:5000", host: "localhost:8080", origin: "http://localhost:8080", site: "same-origin", code: 202, lifts: true},
		{name: "unknown provider", provider: "gcp", remote: "127.0.0.1:5000", host: "127.0.0.1:8080", code: 404},
		{name: "not tripped", provider: "prom", remote: "127.0.0.1:5000", host: "127.0.0.1:8080", code: 200},
		{name: "another machine", provider: "aws", remote: "10.0.0.7:5000", host: "127.0.0.1:8080", code: 403},
		{name: "another site's page", provider: "aws", remote: "127.0.0.1:5000", host: "127.0.0.1:8080", origin: "https://evil.example", code: 403},
		{name: "no origin to tell", provider: "aws", remote: "127.0.0.1:5000", host: "127.0.0.1:8080", origin: "null", code: 403},
		{name: "cross-site without an origin", provider: "aws", remote: "127.0.0.1:5000", host: "127.0.0.1:8080", site: "cross-site", code: 403},
		{name: "a name pointed here", provider: "aws", remote: "127.0.0.1:5000", host: "evil.example:8080", origin: "http://evil.example:8080", site: "same-origin", code: 403},
		{name: "another port's page", provider: "aws", remote: "127.0.0.1:5000", host: "127.0.0.1:8080", origin: "http://127.0.0.1:9090", code: 403},
		{name: "no peer", provider: "aws", remote: "@", host: "127.0.0.1:8080", code: 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &host{status: bad(), mono: time.Hour}
			h.status.Guards = append(h.status.Guards, good().Guards[0])
			h.status.Guards[1].Provider = "prom"
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/guards/"+c.provider+"/lift", http.NoBody)
			r.RemoteAddr, r.Host = c.remote, c.host
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
			w := httptest.NewRecorder()
			h.handler().ServeHTTP(w, r)
			require.Equal(t, c.code, w.Code, w.Body.String())
			if c.lifts {
				require.Equal(t, []string{"aws"}, h.lifted)
				require.Contains(t, h.log.String(), "mass guard lifted by hand")
			} else {
				require.Empty(t, h.lifted)
			}
		})
	}
}
