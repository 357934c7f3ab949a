//go:build e2e

package kubernetes_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scaler-dev/scaler/internal/testattack"
	"github.com/scaler-dev/scaler/test/cluster"
)

// reads of each tenant, on each way, of its own metric and of the other's.
const crossings = 500

// neverCross has both tenants read both metrics at once, while the cluster reads both.
func neverCross(t *testing.T, c *cluster.Cluster, ways []way) {
	t.Helper()
	var all sync.WaitGroup
	began := time.Now()
	for _, w := range ways {
		all.Go(func() { w.cross(t, testattack.Tenant, "shop", "bank", shopReplicas) })
		all.Go(func() { w.cross(t, bankTenant, "bank", "shop", bankReplicas) })
	}
	all.Go(func() {
		for range crossings {
			for namespace, value := range map[string]string{"shop": shopReplicas, "bank": bankReplicas} {
				if got, err := metric(t.Context(), c, namespace, "orders"); err != nil || !strings.Contains(got, `"value":"`+value+`"`) {
					t.Errorf("%s: %s %v", namespace, got, err)
				}
			}
		}
	})
	all.Wait()
	t.Logf("%d reads by two tenants and the cluster, at once, in %s: each number in its own namespace",
		2*crossings*(2*len(ways)+1), time.Since(began).Round(time.Millisecond))
}

func (w way) cross(t *testing.T, as testattack.Identity, own, other, value string) {
	t.Helper()
	client := w.client()
	defer client.CloseIdleConnections()
	for range crossings {
		status, body := w.ask(t.Context(), client, as, own)
		if status != http.StatusOK || !strings.Contains(body, `"value":"`+value+`"`) {
			t.Errorf("%s of %s reads its own: %d %s", w.name, own, status, body)
		}
		status, body = w.ask(t.Context(), client, as, other)
		if status != http.StatusForbidden || strings.Contains(body, "7345") {
			t.Errorf("%s of %s reads another's: %d %s", w.name, own, status, body)
		}
	}
}

func (w way) client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: w.target.Roots, ServerName: w.target.ServerName, MinVersion: tls.VersionTLS12,
	}}}
}

// read reads the metric once.
func (w way) read(ctx context.Context, as testattack.Identity, namespace string) (int, string) {
	client := w.client()
	defer client.CloseIdleConnections()
	return w.ask(ctx, client, as, namespace)
}

func (w way) ask(ctx context.Context, client *http.Client, as testattack.Identity, namespace string) (int, string) {
	url := fmt.Sprintf("%s/apis/external.metrics.k8s.io/v1beta1/namespaces/%s/%s", w.target.URL, namespace, w.target.Metric)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Authorization", "Bearer "+w.target.Tokens[as])
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}
