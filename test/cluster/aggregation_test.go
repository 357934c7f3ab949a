//go:build e2e

package cluster_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/test/cluster"
)

const apiService = `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.test.example}
spec:
  group: test.example
  version: v1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {namespace: default, name: aggregated, port: %d}
`

func TestAggregatedServerOnLoopback(t *testing.T) {
	c := cluster.Start(t, cluster.Options{})
	_, address := aggregated(t, "127.0.0.1:0")

	require.NoError(t, c.ExternalNameService(t.Context(), "default", "aggregated", int(address.Port())))
	require.NoError(t, c.Apply(t.Context(), fmt.Appendf(nil, apiService, address.Port())))
	require.NoError(t, c.WaitAPIService(t.Context(), "v1.test.example"))
}

func TestAggregatedServersBehindEndpoints(t *testing.T) {
	host, err := cluster.HostIP()
	if err != nil {
		t.Skip(err)
	}
	c := cluster.Start(t, cluster.Options{AggregatorRouting: true})
	first, firstAddress := aggregated(t, net.JoinHostPort(host.String(), "0"))
	_, secondAddress := aggregated(t, net.JoinHostPort(host.String(), "0"))
	call := func() error {
		return c.Client().Discovery().RESTClient().Get().AbsPath("/apis/test.example/v1").Do(t.Context()).Error()
	}

	require.NoError(t, c.SetEndpoints(t.Context(), "default", "aggregated", firstAddress, secondAddress))
	require.NoError(t, c.Apply(t.Context(), fmt.Appendf(nil, apiService, 443)))
	require.NoError(t, c.WaitAPIService(t.Context(), "v1.test.example"))
	first.Close()
	require.Eventually(t, func() bool { return call() != nil }, patience, time.Millisecond, "half of the calls go nowhere")

	require.NoError(t, c.SetEndpoints(t.Context(), "default", "aggregated", secondAddress))
	require.NoError(t, c.WaitAPIService(t.Context(), "v1.test.example"))
	require.Eventually(t, func() bool {
		for range 20 {
			if call() != nil {
				return false
			}
		}
		return true
	}, patience, 10*time.Millisecond)
}

// aggregated starts a server that has one group and nothing in it but a name.
func aggregated(t *testing.T, address string) (*httptest.Server, netip.AddrPort) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"test.example/v1",`+
			`"resources":[{"name":"things","kind":"Thing","namespaced":true,"verbs":["get"]}]}`)
	}))
	require.NoError(t, s.Listener.Close())
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	s.Listener = listener
	s.StartTLS()
	t.Cleanup(s.Close)
	got, err := netip.ParseAddrPort(listener.Addr().String())
	require.NoError(t, err)
	return s, got
}
