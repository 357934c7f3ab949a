package forward

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/filters"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// TestWhatIsForwarded shows which requests reach the adapter, and as what.
func TestWhatIsForwarded(t *testing.T) {
	selector := "?labelSelector=" + url.QueryEscape("a in (b,c),d!=e")
	ns := listPath + "/namespaces/"
	for _, c := range []struct {
		name, method, path string
		uri                string // at the adapter; empty: it is not asked
	}{
		{"a metric", "", metricPath, metricPath},
		{"its selector", "", metricPath + selector, metricPath + "?labelSelector=a+in+%28b%2Cc%29%2Cd%21%3De"},
		{"nothing but its selector", "", metricPath + selector + "&limit=1&pretty=true&timeoutSeconds=9&as=admin", metricPath + "?labelSelector=a+in+%28b%2Cc%29%2Cd%21%3De"},
		{"the selector that was authorised", "", metricPath + "?labelSelector=a&labelSelector=b", metricPath + "?labelSelector=a"},
		{"a name of Datadog", "", ns + "shop/datadogmetric@shop:orders", ns + "shop/datadogmetric@shop:orders"},
		{"a name of Stackdriver", "", ns + "shop/pubsub.googleapis.com%7Csubscription%7Cnum", ns + "shop/pubsub.googleapis.com%7Csubscription%7Cnum"},
		{"the same name elsewhere", "", ns + "other/own", ns + "other/own"},
		{"what Scaler has", "", ns + "shop/own", ""},
		{"a HEAD", http.MethodHead, metricPath, ""},
		{"a POST", http.MethodPost, metricPath, ""},
		{"a DELETE", http.MethodDelete, metricPath, ""},
		{"a watch", "", metricPath + "?watch=true", ""},
		{"a watch by path", "", listPath + "/watch/namespaces/shop/queue", ""},
		{"one name of many", "", metricPath + "?fieldSelector=metadata.name%3Dx", ""},
		{"a field selector", "", metricPath + "?fieldSelector=a%3Db", ""},
		{"a subresource", "", metricPath + "/status", ""},
		{"a name below", "", metricPath + "/one", ""},
		{"the status of a namespace", "", ns + "shop/status", ""},
		{"the end of a namespace", "", ns + "shop/finalize", ""},
		{"a namespace", "", ns + "shop", ""},
		{"no namespace", "", listPath + "/queue", ""},
		{"another version", "", "/apis/external.metrics.k8s.io/v1/namespaces/shop/queue", ""},
		{"another group", "", "/apis/custom.metrics.k8s.io/v1beta1/namespaces/shop/queue", ""},
		{"the core", "", "/api/v1/namespaces/shop/secrets", ""},
		{"a slash at the end", "", metricPath + "/", ""},
		{"two slashes", "", ns + "/shop//queue", ""},
		{"a step up", "", ns + "shop/..", ""},
		{"a step up, encoded", "", ns + "shop/%2e%2e", ""},
		{"a step up, encoded twice", "", ns + "shop/%252e%252e", ""},
		{"a slash, encoded", "", ns + "shop/a%2fb", ""},
		{"a step up and out", "", ns + "shop/..%2f..%2f..%2f..%2fapi", ""},
		{"a NUL", "", ns + "shop/a%00", ""},
		{"a line break", "", ns + "shop/a%0d%0aX-Remote-User:%20admin", ""},
		{"a namespace that is none", "", ns + "Shop%20/queue", ""},
		{"not UTF-8", "", ns + "shop/%ff", ""},
		{"a long name", "", ns + "shop/" + strings.Repeat("x", maxName+1), ""},
		{"the groups", "", "/apis", ""},
		{"health", "", "/readyz", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, jsonOf(metricBody))
				if c.method == "" {
					c.method = http.MethodGet
				}
				rec := w.do(httptest.NewRequestWithContext(t.Context(), c.method, c.path, http.NoBody))
				if c.uri == "" {
					require.Equal(t, ours, rec.Body.String())
					require.Empty(t, w.requests())
					return
				}
				require.Equal(t, metricBody, rec.Body.String())
				require.Len(t, w.requests(), 1)
				require.Equal(t, c.uri, w.requests()[0].RequestURI)
			})
		})
	}
}

// TestNothingOfTheClient shows that the adapter gets Scaler's token and no header that
// a client sent.
func TestNothingOfTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, jsonOf(metricBody))
		planted := http.Header{}
		for _, name := range []string{
			"Authorization", "Proxy-Authorization", "Cookie", "X-Remote-User", "X-Remote-Group", "X-Remote-Extra-Scopes",
			"Impersonate-User", "Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-Scopes", "X-Forwarded-For",
			"Forwarded", "Via", "Connection", "Te", "Trailer", "Transfer-Encoding", "Keep-Alive", "Proxy-Connection",
			"User-Agent", "Accept", "Accept-Encoding", "Traceparent", "Baggage", "Range", "If-None-Match", "Referer",
			"X-Http-Method-Override", "X-Anything",
		} {
			planted.Set(name, "planted")
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, metricPath, http.NoBody)
		r.Header = planted
		r.Host = "planted"
		require.Equal(t, http.StatusOK, w.do(r).Code)
		w.f.list.refresh(t.Context(), w.f.adapter)
		require.Len(t, w.requests(), 2)
		for _, got := range w.requests() {
			require.Equal(t, http.Header{
				"Accept":        {"application/json"},
				"Authorization": {"Bearer " + token},
				"User-Agent":    {userAgent},
			}, got.Header)
			require.Equal(t, "adapter.legacy.svc:6443", got.Host)
			require.Equal(t, http.MethodGet, got.Method)
			require.Empty(t, got.TransferEncoding)
			require.Zero(t, got.ContentLength)
			require.Equal(t, 1, got.ProtoMajor)
		}
	})
}

// TestClientMustBeKnown shows that a place in front of authentication, or a server
// without it, forwards nothing.
func TestClientMustBeKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, jsonOf(metricBody))
		wrapped := w.f.Wrap(answer(http.StatusOK, "text/plain", ours))
		for _, h := range []http.Handler{
			wrapped,
			filters.WithRequestInfo(wrapped, &request.RequestInfoFactory{APIPrefixes: sets.NewString("apis")}),
		} {
			w.handler = h
			require.Equal(t, ours, w.get(metricPath).Body.String())
		}
		require.Empty(t, w.requests())
	})
}

// TestItsOwnAdapter shows that a Scaler that forwards to itself asks itself once.
func TestItsOwnAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var self http.Handler
		w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { self.ServeHTTP(w, r) }))
		self = authenticated(w.f.Wrap(http.NotFoundHandler()))
		require.Equal(t, http.StatusNotFound, w.get(metricPath).Code)
		w.f.list.refresh(t.Context(), w.f.adapter)
		require.Len(t, w.requests(), 2)
		require.True(t, w.f.list.failing)
	})
}

func TestSettings(t *testing.T) {
	good := func() Settings {
		return Settings{
			Service: "adapter", Namespace: "legacy",
			Token: func() (string, error) { return "", nil }, Knows: func(string, string) bool { return false },
		}
	}
	f, err := New(good())
	require.NoError(t, err)
	require.Equal(t, "adapter.legacy.svc:443", f.adapter.host)
	for name, c := range map[string]struct {
		change func(*Settings)
		text   string
	}{
		"service":   {func(s *Settings) { s.Service = "a.b" }, `service "a.b" is not a DNS label`},
		"namespace": {func(s *Settings) { s.Namespace = "" }, `namespace "" is not a DNS label`},
		"port":      {func(s *Settings) { s.Port = 70000 }, "port 70000"},
		"token":     {func(s *Settings) { s.Token = nil }, "Token and Knows"},
		"knows":     {func(s *Settings) { s.Knows = nil }, "Token and Knows"},
		"no PEM":    {func(s *Settings) { s.CABundle = []byte("x") }, "no PEM certificate"},
		"both":      {func(s *Settings) { s.CABundle, s.InsecureSkipTLSVerify = otherCA, true }, "give one of them"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good()
			c.change(&s)
			_, err := New(s)
			require.ErrorContains(t, err, c.text)
		})
	}
}
