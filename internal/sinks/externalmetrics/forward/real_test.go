package forward

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapiserver "k8s.io/apiserver/pkg/server"
	kubediscovery "k8s.io/client-go/discovery"
	restclient "k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/external_metrics"
	hpaclient "k8s.io/metrics/pkg/client/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider/defaults"
)

// fixed serves one metric; it hangs while the lock is held.
type fixed struct {
	defaults.DefaultExternalMetricsProvider

	mu     sync.Mutex
	metric string
	value  string
}

func (f *fixed) GetExternalMetric(_ context.Context, _ string, s labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if info.Metric != f.metric {
		return nil, provider.NewMetricNotFoundError(external_metrics.Resource(info.Metric), info.Metric)
	}
	return &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{{
		MetricName: info.Metric, MetricLabels: map[string]string{"selector": s.String()}, Value: resource.MustParse(f.value),
	}}}, nil
}

func (f *fixed) ListAllExternalMetrics() []provider.ExternalMetricInfo {
	all := f.DefaultExternalMetricsProvider.ListAllExternalMetrics()
	if f.metric != "" {
		all = append(all, provider.ExternalMetricInfo{Metric: f.metric})
	}
	return all
}

// serveLibrary runs the library that adapters are made of. It lets in who has the
// token, to read.
func serveLibrary(t *testing.T, p provider.ExternalMetricsProvider, token string, wrap func(http.Handler) http.Handler) *httptest.Server {
	t.Helper()
	cfg := genericapiserver.NewConfig(apiserver.Codecs)
	cfg.LoopbackClientConfig = &restclient.Config{}
	cfg.ExternalAddress = "127.0.0.1:443" // as nothing listens yet
	cfg.EnableProfiling = false
	cfg.HealthzChecks, cfg.ReadyzChecks, cfg.LivezChecks = nil, nil, nil
	cfg.Authentication.Authenticator = authenticator.RequestFunc(func(r *http.Request) (*authenticator.Response, bool, error) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			return nil, false, nil
		}
		return &authenticator.Response{User: &user.DefaultInfo{Name: token}}, true, nil
	})
	cfg.Authorization.Authorizer = authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
		if a.IsResourceRequest() && (a.GetVerb() != "list" || a.GetAPIGroup() != external_metrics.GroupName) {
			return authorizer.DecisionDeny, "", nil
		}
		return authorizer.DecisionAllow, "", nil
	})
	cfg.BuildHandlerChainFunc = func(h http.Handler, c *genericapiserver.Config) http.Handler {
		return genericapiserver.DefaultBuildHandlerChain(wrap(h), c)
	}
	s, err := (&apiserver.Config{GenericConfig: cfg}).Complete(nil).New("adapter", nil, p)
	require.NoError(t, err)
	t.Cleanup(s.GenericAPIServer.Destroy)
	return httptest.NewUnstartedServer(s.GenericAPIServer.Handler)
}

func unwrapped(h http.Handler) http.Handler { return h }

// TestRealServers puts the library that adapters are made of on both sides, with an
// autoscaler's client before them.
func TestRealServers(t *testing.T) {
	legacy := &fixed{metric: "legacy", value: "1500m"}
	adapter := serveLibrary(t, legacy, token, unwrapped)
	cert, ca := newCert(t, "keda.legacy.svc")
	adapter.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	adapter.StartTLS()
	defer adapter.Close()

	own := &fixed{metric: "own", value: "7"}
	f, err := New(Settings{
		Service: "keda", Namespace: "legacy", CABundle: ca,
		Token: func() (string, error) { return token, nil },
		Knows: func(_, metric string) bool { return metric == "own" },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, adapter.Listener.Addr().String())
		},
	})
	require.NoError(t, err)
	front := serveLibrary(t, own, "autoscaler", f.Wrap)
	front.StartTLS()
	defer front.Close()
	defer f.adapter.close()

	cfg := &restclient.Config{
		Host: front.URL, BearerToken: "autoscaler", QPS: -1,
		TLSClientConfig: restclient.TLSClientConfig{Insecure: true},
		ContentConfig:   restclient.ContentConfig{ContentType: "application/vnd.kubernetes.protobuf"},
	}
	client, err := hpaclient.NewForConfig(cfg)
	require.NoError(t, err)
	shop := client.NamespacedMetrics("shop")
	value := func(metric string) string {
		t.Helper()
		l, err := shop.List(metric, labels.SelectorFromSet(labels.Set{"a": "b"}))
		require.NoError(t, err)
		require.Len(t, l.Items, 1)
		require.Equal(t, "a=b", l.Items[0].MetricLabels["selector"])
		return l.Items[0].Value.String()
	}

	require.Equal(t, "7", value("own"))
	require.Equal(t, "1500m", value("legacy"))
	_, err = shop.List("nobodys", labels.Everything())
	require.True(t, apierrors.IsNotFound(err), "%v", err)
	require.ErrorContains(t, err, "the server could not find the metric nobodys")

	f.list.refresh(t.Context(), f.adapter)
	disco, err := kubediscovery.NewDiscoveryClientForConfig(cfg)
	require.NoError(t, err)
	l, err := disco.ServerResourcesForGroupVersion(groupVersion)
	require.NoError(t, err)
	require.Len(t, l.APIResources, 2)
	require.Equal(t, "legacy", l.APIResources[1].Name)

	legacy.mu.Lock() // the adapter hangs
	var hung sync.WaitGroup
	for range breakerFailures - 1 {
		hung.Go(func() {
			_, err := shop.List("legacy", labels.Everything())
			require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
			require.ErrorContains(t, err, "forward_timeout")
		})
	}
	require.Eventually(t, func() bool { return len(f.slots) > 0 }, 10*time.Second, time.Millisecond)
	require.Equal(t, "7", value("own"))
	hung.Wait()
	legacy.mu.Unlock()

	adapter.CloseClientConnections()
	adapter.Close()
	require.Equal(t, "7", value("own"))
	_, err = shop.List("legacy", labels.Everything())
	require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
	l, err = disco.ServerResourcesForGroupVersion(groupVersion)
	require.NoError(t, err)
	require.Len(t, l.APIResources, 2)
}

// TestPlaceholderIsTheLibrarys compares discovery without an adapter to what the server
// behind would have said.
func TestPlaceholderIsTheLibrarys(t *testing.T) {
	s := serveLibrary(t, &fixed{}, "autoscaler", unwrapped)
	s.StartTLS()
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+listPath, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer autoscaler")
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(body)), string(newDiscovery(nil).body()))
}
