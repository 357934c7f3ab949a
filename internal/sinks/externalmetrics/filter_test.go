package externalmetrics

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusals(t *testing.T) {
	s := serve(t)
	s.publish(t, known(orders, 4, 37))
	path := metricPath("shop", "orders-worker")
	selector := func(v string) string { return path + "?labelSelector=" + url.QueryEscape(v) }
	list := func(n int, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(parts, ",")
	}
	for _, c := range []struct {
		name, method, path string
		code               int
		reason             string
	}{
		{"HEAD passes the filter", http.MethodHead, "/readyz", http.StatusOK, ""},
		{"POST", http.MethodPost, path, http.StatusMethodNotAllowed, "method_not_allowed"},
		{"PUT", http.MethodPut, "/debug/flags/v", http.StatusMethodNotAllowed, "method_not_allowed"},
		{"DELETE", http.MethodDelete, path, http.StatusMethodNotAllowed, "method_not_allowed"},
		{"PATCH", http.MethodPatch, path, http.StatusMethodNotAllowed, "method_not_allowed"},
		{"OPTIONS", http.MethodOptions, path, http.StatusMethodNotAllowed, "method_not_allowed"},
		{"any method", "BREW", path, http.StatusMethodNotAllowed, "method_not_allowed"},
		{"long path", http.MethodGet, metricPath("shop", strings.Repeat("x", maxPath)), http.StatusRequestURITooLong, "path_too_long"},
		{"long query", http.MethodGet, path + "?x=" + strings.Repeat("x", maxQuery), http.StatusBadRequest, "query_too_long"},
		{"invalid query", http.MethodGet, path + "?labelSelector=%zz", http.StatusBadRequest, "invalid_query"},
		{"4 KiB selector", http.MethodGet, selector("a in (" + selectorOf(maxSelector-len("a in ()")) + ")"), http.StatusOK, ""},
		{"longer selector", http.MethodGet, selector("a in (" + selectorOf(maxSelector+1-len("a in ()")) + ")"), http.StatusBadRequest, "selector_too_long"},
		{"32 requirements", http.MethodGet, selector(list(32, "k%d=v")), http.StatusOK, ""},
		{"33 requirements", http.MethodGet, selector(list(33, "k%d=v")), http.StatusBadRequest, "too_many_requirements"},
		{"64 values", http.MethodGet, selector("a in (" + list(64, "v%d") + ")"), http.StatusOK, ""},
		{"65 values", http.MethodGet, selector("a in (" + list(65, "v%d") + ")"), http.StatusBadRequest, "too_many_values"},
		{"second selector", http.MethodGet, selector("a=b") + "&labelSelector=" + url.QueryEscape(list(33, "k%d")), http.StatusBadRequest, "too_many_requirements"},
		{"invalid selector", http.MethodGet, selector("a in (" + strings.Repeat("(", 900)), http.StatusBadRequest, "invalid_selector"},
		{"NUL in a selector", http.MethodGet, selector("a in (\x00)"), http.StatusBadRequest, "invalid_selector"},
		{"hidden slash", http.MethodGet, metricPath("shop", "w%2Fx"), http.StatusBadRequest, "invalid_path"},
		{"hidden way up", http.MethodGet, metricPath("shop", "%2e%2e/w"), http.StatusBadRequest, "invalid_path"},
		{"double slash", http.MethodGet, metricPath("shop", "/w"), http.StatusBadRequest, "invalid_path"},
		{"backslash", http.MethodGet, metricPath("shop", "%5Cw"), http.StatusBadRequest, "invalid_path"},
		{"control character", http.MethodGet, metricPath("shop", "w%00"), http.StatusBadRequest, "invalid_path"},
		{"no UTF-8", http.MethodGet, metricPath("shop", "%c0%ae"), http.StatusBadRequest, "invalid_path"},
		{"slash at the end", http.MethodGet, apiPath + "/", http.StatusOK, ""},
		{"watch", http.MethodGet, path + "?watch=true", http.StatusMethodNotAllowed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := s.get(t, c.method, c.path, nil)
			require.Equal(t, c.code, resp.StatusCode, body)
			if resp.StatusCode >= 400 {
				require.Contains(t, body, c.reason)
				require.LessOrEqual(t, len(body), maxErrorBody)
			}
		})
	}
}

// selectorOf is a list of values of n characters in all, at most 64 values.
func selectorOf(n int) string {
	value := strings.Repeat("v", 62)
	all := strings.Repeat(value+",", n/63)
	return all + strings.Repeat("v", n-len(all))
}

func TestHeadersAreRefused(t *testing.T) {
	f := &filter{next: http.NotFoundHandler(), limit: 1, leaving: never}
	for _, c := range []struct {
		header http.Header
		code   int
		reason string
	}{
		{http.Header{"Upgrade": {"websocket"}}, http.StatusBadRequest, "upgrade_refused"},
		{http.Header{"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"SPDY/3.1"}}, http.StatusBadRequest, "upgrade_refused"},
		{http.Header{"Connection": {"uPgRaDe"}}, http.StatusBadRequest, "upgrade_refused"},
		{http.Header{"Impersonate-User": {"admin"}}, http.StatusBadRequest, "impersonation_refused"},
		{http.Header{"Impersonate-Extra-Scopes": {"all"}}, http.StatusBadRequest, "impersonation_refused"},
		{http.Header{"Authorization": {strings.Repeat("x", maxCredentials+1)}}, http.StatusRequestHeaderFieldsTooLarge, "credentials_too_long"},
		{http.Header{"Authorization": {strings.Repeat("x", maxCredentials)}}, http.StatusNotFound, "not found"},
	} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header = c.header
		f.ServeHTTP(rec, r)
		require.Equal(t, c.code, rec.Code)
		require.Contains(t, rec.Body.String(), c.reason)
	}
}

func TestAnswers(t *testing.T) {
	long := strings.Repeat("x", maxErrorBody+1)
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		code    int
		body    string // contained
	}{
		{"good", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }, 200, "hello"},
		{"good and long", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }, 200, long},
		{"good and empty", func(http.ResponseWriter, *http.Request) {}, 200, ""},
		{"overload", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "too many", http.StatusTooManyRequests) }, 429, "too many"},
		{"header only", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, 503, ""},
		{"header twice", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.WriteHeader(http.StatusOK)
		}, 503, ""},
		{"long error", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1025")
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, long)
			_, _ = io.WriteString(w, long)
		}, 500, `"message":"error_too_long"`},
		{"error in pieces", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for range 100 {
				_, _ = io.WriteString(w, strings.Repeat("y", 100))
			}
		}, 500, strings.Repeat("y", 1000)},
		{"flushed error", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "late")
		}, 503, "late"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com", http.StatusFound)
		}, 404, ""},
		{"not modified", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, 304, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(&filter{limit: 1, leaving: never, next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "1")
				c.handler(w, r)
			})})
			defer server.Close()
			client := server.Client()
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
			require.NoError(t, err)
			resp, err := client.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, c.code, resp.StatusCode)
			require.Contains(t, string(body), c.body)
			require.Empty(t, resp.Header.Values("Retry-After"))
			require.Empty(t, resp.Header.Values("Location"))
			if resp.StatusCode >= 400 {
				require.LessOrEqual(t, len(body), maxErrorBody)
			}
		})
	}
}

// FuzzSelector shows that no selector gets through that is beyond the bounds, and
// that none panics.
func FuzzSelector(f *testing.F) {
	for _, s := range []string{"", "a=b", "a in (b,c)", "!a", "a>1", "a in (", ",,", strings.Repeat("a,", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if reason := checkSelector(s); reason == "" {
			require.LessOrEqual(t, len(s), maxSelector)
		}
	})
}

func never() bool { return false }
