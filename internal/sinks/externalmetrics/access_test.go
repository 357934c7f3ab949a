package externalmetrics

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apiserver/pkg/endpoints/request"

	"github.com/scaler-dev/scaler/internal/policy"
)

const (
	hpaUser     = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
	readerToken = "planted-reader-token"
	reviewBound = reviewTimeout + 3*time.Second // with time for a busy machine
)

// guarded is a running server that asks a cluster who may read.
type guarded struct {
	*cluster
	server  *Server
	board   *Board
	proxyCA *authority
	ownCA   *authority
	stop    func() error
}

// guard starts a server in front of a board with one policy. The HPA may read all
// through the front proxy, and the reader of the token namespace shop.
func guard(t *testing.T, change ...func(*Settings)) *guarded {
	t.Helper()
	g := &guarded{cluster: newCluster(t), board: NewBoard(at(0)), proxyCA: newAuthority(t), ownCA: newAuthority(t)}
	g.trust(g.proxyCA)
	g.tokens[readerToken] = authenticationv1.UserInfo{Username: "reader"}
	g.tokens["stranger-token"] = authenticationv1.UserInfo{Username: "stranger"}
	g.may = mayList(map[string][]string{hpaUser: {"*"}, "reader": {"shop"}})
	require.NoError(t, NewSink(g.board, map[policy.ID]string{orders: "w"}).Publish(t.Context(), []policy.Decision{known(orders, 4, 37)}))
	g.start(t, change...)
	require.Eventually(t, func() bool { return g.server.Ready() == nil }, 10*time.Second, 5*time.Millisecond)
	return g
}

func (g *guarded) start(t *testing.T, change ...func(*Settings)) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	settings := Settings{Listener: l, Access: &Access{}, Certificate: newPairs(g.ownCA.issue(t, "server", time.Hour))}
	if g.cluster != nil {
		settings.Access.Cluster = g.config()
	}
	for _, c := range change {
		c(&settings)
	}
	g.server, err = NewServer(settings, g.board)
	require.NoError(t, err)
	g.stop = running(t, g.server)
}

// running runs a server until stop is called, or the test ends.
func running(t *testing.T, s *Server) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { require.NoError(t, stop()) })
	return stop
}

// as is a client that shows a certificate, or none.
func (g *guarded) as(t *testing.T, cert *tls.Certificate) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: g.ownCA.pool(), MinVersion: tls.VersionTLS12}
	if cert != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// ask is one request. Its answer must keep the rules of every answer.
func (g *guarded) ask(ctx context.Context, client *http.Client, path string, header http.Header) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+g.server.Addr().String()+path, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	maps.Copy(req.Header, header)
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, "", err
	}
	if len(resp.Header.Values("Retry-After")) > 0 || strings.Contains(string(all), "planted") || resp.StatusCode >= 400 && len(all) > maxErrorBody {
		return 0, "", errStatus{"may not be sent: " + resp.Status, string(all)}
	}
	return resp.StatusCode, string(all), nil
}

func (g *guarded) get(t *testing.T, client *http.Client, path string, header http.Header) (int, string) {
	t.Helper()
	status, body, err := g.ask(t.Context(), client, path, header)
	require.NoError(t, err)
	return status, body
}

func remote(user string, groups ...string) http.Header {
	return http.Header{"X-Remote-User": {user}, "X-Remote-Group": groups}
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func TestWhoIsLetIn(t *testing.T) {
	g := guard(t)
	shop, other := metricPath("shop", "w"), metricPath("other", "w")
	proxy := g.proxyCA.client(t, "front-proxy")
	foreign := newAuthority(t).client(t, "front-proxy")
	for _, c := range []struct {
		name   string
		cert   *tls.Certificate
		path   string
		header http.Header
		status int
	}{
		{"front proxy for the autoscaler", proxy, shop, remote(hpaUser), http.StatusOK},
		{"front proxy for the autoscaler, no such metric", proxy, other, remote(hpaUser), http.StatusNotFound},
		{"front proxy for somebody without rights", proxy, shop, remote("somebody"), http.StatusForbidden},
		{"front proxy for the aggregator", proxy, apiPath, remote("system:kube-aggregator", "system:masters"), http.StatusOK},
		{"front proxy for nobody", proxy, shop, nil, http.StatusUnauthorized},
		{"another name of the front proxy's authority", g.proxyCA.client(t, "else"), shop, remote(hpaUser), http.StatusUnauthorized},
		{"certificate of another authority", foreign, shop, remote(hpaUser, "system:masters"), http.StatusUnauthorized},
		{"headers without a certificate", nil, shop, remote(hpaUser, "system:masters"), http.StatusUnauthorized},
		{"token", nil, shop, bearer(readerToken), http.StatusOK},
		{"token, other namespace", nil, other, bearer(readerToken), http.StatusForbidden},
		{"token and forged headers", nil, other, merge(bearer(readerToken), remote(hpaUser, "system:masters")), http.StatusForbidden},
		{"token and impersonation", nil, shop, merge(bearer(readerToken), http.Header{"Impersonate-User": {hpaUser}}), http.StatusBadRequest},
		{"token without rights", nil, shop, bearer("stranger-token"), http.StatusForbidden},
		{"unknown token", nil, shop, bearer("unknown"), http.StatusUnauthorized},
		{"overlong token", nil, shop, bearer(strings.Repeat("x", maxCredentials)), http.StatusRequestHeaderFieldsTooLarge},
		{"nothing", nil, shop, nil, http.StatusUnauthorized},
		{"nothing, discovery", nil, apiPath, nil, http.StatusUnauthorized},
		{"nothing, metrics", nil, "/metrics", nil, http.StatusUnauthorized},
		{"nothing, readyz", nil, "/readyz", nil, http.StatusOK},
		{"nothing, livez", nil, "/livez", nil, http.StatusOK},
		{"nothing, healthz", nil, "/healthz", nil, http.StatusOK},
		{"nothing, a check of readyz", nil, "/readyz/ping", nil, http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := g.get(t, g.as(t, c.cert), c.path, c.header)
			require.Equal(t, c.status, status, body)
			require.Equal(t, status == http.StatusOK && c.path == shop, strings.Contains(body, `"value":"4"`), body)
		})
	}
}

func TestReviewsAreRemembered(t *testing.T) {
	g := guard(t)
	client := g.as(t, nil)
	for i := range 20 {
		path := metricPath("shop", "w")
		if i%2 == 1 {
			path += "?labelSelector=a%3D" + string(rune('a'+i)) // one review does for all selectors
		}
		status, _ := g.get(t, client, path, bearer(readerToken))
		require.Equal(t, http.StatusOK, status)
	}
	require.EqualValues(t, 1, g.tokenReviews.Load())
	require.EqualValues(t, 1, g.accessReviews.Load())
}

// A review that hangs ends the request in time, however many there are.
func TestReviewsThatHang(t *testing.T) {
	g := guard(t)
	proxy, nobody := g.as(t, g.proxyCA.client(t, "front-proxy")), g.as(t, nil)
	g.hangAccess.Store(true)
	g.hangTokens.Store(true)
	var all sync.WaitGroup
	var answers sync.Map
	count := func(client *http.Client, header http.Header) {
		status, body, err := g.ask(t.Context(), client, metricPath("shop", "w"), header)
		n, _ := answers.LoadOrStore(fmt.Sprint(status, strings.Contains(body, reasonUnreviewed), err), new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
	}
	begin := time.Now()
	for range 50 {
		all.Go(func() { count(proxy, remote(hpaUser)) })
		all.Go(func() { count(nobody, bearer(readerToken)) })
	}
	all.Wait()
	took := time.Since(begin)
	require.Less(t, took, reviewBound)
	t.Logf("100 requests whose reviews hang for %s were answered within %s", hang, took)
	got := map[string]int64{}
	answers.Range(func(k, v any) bool {
		got[k.(string)] = v.(*atomic.Int64).Load()
		return true
	})
	require.Equal(t, map[string]int64{"403 true <nil>": 50, "401 false <nil>": 50}, got)
	f := g.server.generic.Handler.FullHandlerChain.(*filter)
	require.Eventually(t, func() bool { return f.inFlight.Load() == 0 }, time.Second, time.Millisecond)

	status, _ := g.get(t, proxy, apiPath, remote("system:kube-aggregator", "system:masters"))
	require.Equal(t, http.StatusOK, status, "discovery needs no review")
	g.hangAccess.Store(false)
	g.hangTokens.Store(false)
	status, _ = g.get(t, proxy, metricPath("shop", "w"), remote(hpaUser))
	require.Equal(t, http.StatusOK, status, "recovers by itself")
	status, _ = g.get(t, nobody, metricPath("shop", "w"), bearer(readerToken))
	require.Equal(t, http.StatusOK, status, "recovers by itself")
}

// What a token's review has taken is gone for the review of access.
func TestReviewsShareTheBound(t *testing.T) {
	arrival := time.Now().Add(-time.Second)
	ctx, cancel := reviewed(request.WithReceivedTimestamp(t.Context(), arrival))
	defer cancel()
	deadline, ok := ctx.Deadline()
	require.True(t, ok)
	require.True(t, arrival.Add(reviewTimeout).Equal(deadline), deadline)
}

func TestReviewsThatFailAreNotRepeated(t *testing.T) {
	for _, code := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusForbidden} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			g := guard(t)
			g.refuse.Store(int64(code))
			begin := time.Now()
			status, _ := g.get(t, g.as(t, g.proxyCA.client(t, "front-proxy")), metricPath("shop", "w"), remote(hpaUser))
			require.Equal(t, http.StatusForbidden, status)
			status, _ = g.get(t, g.as(t, nil), metricPath("shop", "w"), bearer(readerToken))
			require.Equal(t, http.StatusUnauthorized, status)
			require.EqualValues(t, 1, g.accessReviews.Load())
			require.EqualValues(t, 1, g.tokenReviews.Load())
			require.Less(t, time.Since(begin), reviewBound)
		})
	}
}

func TestClusterGoesAway(t *testing.T) {
	g := guard(t)
	proxy := g.as(t, g.proxyCA.client(t, "front-proxy"))
	g.cluster.server.CloseClientConnections()
	g.cluster.server.Close()
	status, body := g.get(t, proxy, metricPath("shop", "w"), remote(hpaUser))
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, body, reasonUnreviewed)
	status, _ = g.get(t, g.as(t, nil), metricPath("shop", "w"), bearer(readerToken))
	require.Equal(t, http.StatusUnauthorized, status)
	status, _ = g.get(t, proxy, apiPath, remote("system:kube-aggregator", "system:masters"))
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, g.server.Ready(), "what it knows of the front proxy is still good")
}

// Until the ConfigMap is read nobody is let in, and the server is not ready; a new
// authority counts at once.
func TestFrontProxyIsFollowed(t *testing.T) {
	g := &guarded{cluster: newCluster(t), board: NewBoard(at(0)), proxyCA: newAuthority(t), ownCA: newAuthority(t)}
	g.may = mayList(map[string][]string{hpaUser: {"*"}})
	g.start(t)
	old := g.as(t, g.proxyCA.client(t, "front-proxy"))
	status, _ := g.get(t, old, metricPath("shop", "w"), remote(hpaUser))
	require.Equal(t, http.StatusUnauthorized, status)
	require.Eventually(t, func() bool { return errors.Is(g.server.Ready(), errNoFrontProxy) }, 10*time.Second, 10*time.Millisecond)
	status, _ = g.get(t, old, "/readyz", nil)
	require.Equal(t, http.StatusInternalServerError, status)

	g.trust(g.proxyCA)
	eventually := func(client *http.Client, want int) {
		t.Helper()
		require.Eventually(t, func() bool {
			status, _ := g.get(t, client, metricPath("shop", "w"), remote(hpaUser))
			return status == want
		}, 10*time.Second, 10*time.Millisecond)
	}
	eventually(old, http.StatusServiceUnavailable) // let in: starting
	require.NoError(t, g.server.Ready())

	for _, unusable := range []map[string]string{
		{},
		{proxyCA: "no PEM"},
		{proxyCA: string(g.proxyCA.pem), "requestheader-username-headers": "no JSON"},
	} {
		g.configure(unusable)
	}
	next := newAuthority(t)
	renewed := g.as(t, next.client(t, "front-proxy"))
	eventually(old, http.StatusServiceUnavailable) // what was known is kept
	g.trust(next)
	eventually(renewed, http.StatusServiceUnavailable)
	eventually(old, http.StatusUnauthorized)
}

func TestForwardStandsBehindAuthorization(t *testing.T) {
	var asked []string
	var mu sync.Mutex // guards asked
	g := guard(t, func(s *Settings) {
		s.Forward = func(own http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				asked = append(asked, r.URL.Path)
				mu.Unlock()
				if r.URL.Path == metricPath("shop", "w") {
					own.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Retry-After", "1")
				http.Error(w, "forwarded", http.StatusTeapot)
			})
		}
	})
	client := g.as(t, nil)
	for path, want := range map[string]int{metricPath("shop", "w"): http.StatusOK, metricPath("shop", "theirs"): http.StatusTeapot, metricPath("other", "w"): http.StatusForbidden} {
		status, _ := g.get(t, client, path, bearer(readerToken))
		require.Equal(t, want, status, path)
	}
	status, _ := g.get(t, client, metricPath("shop", "theirs"), nil)
	require.Equal(t, http.StatusUnauthorized, status)
	require.ElementsMatch(t, []string{metricPath("shop", "w"), metricPath("shop", "theirs")}, asked)
}

func merge(headers ...http.Header) http.Header {
	all := http.Header{}
	for _, h := range headers {
		maps.Copy(all, h)
	}
	return all
}
