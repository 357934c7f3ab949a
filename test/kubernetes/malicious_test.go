//go:build e2e

package kubernetes_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/scaler-dev/scaler/internal/testattack"
	"github.com/scaler-dev/scaler/test/cluster"
)

const (
	attacks = 1000 // of each class, on each way
	// answeredWithin is what is asserted of a machine that does other things; an idle
	// one takes milliseconds.
	answeredWithin = 5 * time.Second

	shopReplicas, bankReplicas = "73451", "73452"
)

// twoTenants have a metric of the same name, and each may read its own.
const twoTenants = `
apiVersion: v1
kind: Namespace
metadata: {name: bank}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: stranger, namespace: shop}
---
`

const tenant = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: tenant, namespace: %[1]s}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: metrics, namespace: %[1]s}
rules: [{apiGroups: [external.metrics.k8s.io], resources: ["*"], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant, namespace: %[1]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: metrics}
subjects: [{kind: ServiceAccount, name: tenant, namespace: %[1]s}]
---
`

const tenantsPolicy = `
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: %[1]s}
spec:
  replicas: {min: 1, max: 100000}
  signals: [{name: backlog, provider: source, kind: Total, interval: 2s, http: {path: /%[1]s, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 1}}]
  scaleOut: {limits: [{replicas: 100000, period: 15s}]}
`

// way is how requests get to Scaler.
type way struct {
	name   string
	target testattack.Target
	// without is a class that is not sent.
	without string
}

// TestMaliciousRequests sends real tokens of real service accounts, and what they must
// not get an answer to, to Scaler's port and through the API server.
func TestMaliciousRequests(t *testing.T) {
	c := cluster.Start(t, cluster.Options{AggregatorRouting: true})
	ways := startTenants(t, c)
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "way\tclass\tas\trequests\tstatuses\tmedian\tslowest")
	for _, w := range ways {
		for _, class := range testattack.Classes() {
			if class.Name == w.without {
				continue
			}
			t.Run(w.name+"/"+class.Name, func(t *testing.T) {
				result, err := class.Run(t.Context(), w.target, attacks)
				require.NoError(t, err)
				fmt.Fprintf(rows, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", w.name, class.Name, class.As, result.Sent,
					strings.Trim(fmt.Sprint(result.Statuses), "map[]"), rounded(result.Median), rounded(result.Slowest))
				require.Empty(t, result.Faults)
				require.Less(t, result.Slowest, answeredWithin)
				status, body := w.read(t.Context(), testattack.Tenant, "shop")
				require.Equal(t, http.StatusOK, status, body)
				require.Contains(t, body, `"value":"`+shopReplicas+`"`, "there was something to be had")
			})
		}
	}
	require.NoError(t, rows.Flush())
	t.Logf("malicious requests:\n\n%s", table.String())
	t.Run("tenants never cross", func(t *testing.T) { neverCross(t, c, ways) })
}

func rounded(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

// startTenants starts Scaler with a metric of the same name in two namespaces.
func startTenants(t *testing.T, c *cluster.Cluster) []way {
	t.Helper()
	require.NoError(t, c.Apply(t.Context(), []byte(namespaces+apiService)))
	require.NoError(t, c.Apply(t.Context(), []byte(twoTenants+fmt.Sprintf(tenant, "shop")+fmt.Sprintf(tenant, "bank"))))
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		length := map[string]string{"/shop": shopReplicas, "/bank": bankReplicas}[r.URL.Path]
		_, _ = io.WriteString(w, `{"length": `+length+`}`)
	}))
	t.Cleanup(source.Close)
	documents := "apiVersion: scaler.dev/v1alpha1\nkind: SignalProvider\nmetadata: {name: source}\nspec: {http: {url: \"" + source.URL + "\"}}\n" +
		fmt.Sprintf(tenantsPolicy, "shop") + fmt.Sprintf(tenantsPolicy, "bank")
	r := startReplica(t, c, "a", settings{Documents: documents, Kubeconfig: ownRights(t, c, documents, "")})
	e := &endpoints{}
	e.add(r)
	beside(t, func(ctx context.Context) { e.run(ctx, t, c, 200*time.Millisecond) })
	require.NoError(t, c.WaitAPIService(t.Context(), apiName))
	for namespace, value := range map[string]string{"shop": shopReplicas, "bank": bankReplicas} {
		eventually(t, time.Minute, "the metric of "+namespace, func() bool {
			got, err := metric(t.Context(), c, namespace, "orders")
			return err == nil && strings.Contains(got, `"value":"`+value+`"`)
		})
	}
	shop, bank, stranger := tokenFor(t, c, "shop", "tenant"), tokenFor(t, c, "bank", "tenant"), tokenFor(t, c, "shop", "stranger")
	direct := testattack.Target{
		URL: "https://" + r.api, Roots: pool(t, caBundle(t, c)), ServerName: "scaler.scaler.svc", Own: "shop", Other: "bank", Metric: "orders",
		Tokens:  map[testattack.Identity]string{testattack.Tenant: shop, testattack.Stranger: stranger, bankTenant: bank},
		Secrets: []string{shopReplicas, bankReplicas, shop, bank, stranger},
	}
	aggregated := direct
	aggregated.URL, aggregated.ServerName, aggregated.Roots = c.URL, "", pool(t, authority(t, c))
	// Without credentials the API server answers by itself, and tells everybody its version.
	return []way{{name: "direct", target: direct}, {name: "aggregator", target: aggregated, without: "no credentials"}}
}

// bankTenant is the tenant of the other namespace.
const bankTenant testattack.Identity = "bank's tenant"

// ownRights lets Scaler run as a service account with the roles that the program
// prints for it, and returns that one's kubeconfig.
func ownRights(t *testing.T, c *cluster.Cluster, documents, external string) string {
	t.Helper()
	require.NoError(t, c.Apply(t.Context(), generated(t, plainDocument(external, "")+documents, "rbac")))
	kubeconfig, err := c.ServiceAccountKubeconfig(t.Context(), "scaler", "scaler")
	require.NoError(t, err)
	return kubeconfig
}

// plainDocument is processDocument without its environment.
func plainDocument(external, kubeconfig string) string {
	return strings.NewReplacer("${env:HOST}", "192.0.2.1", "${env:OPS_PORT}", "8080", "${env:API_PORT}", "6443", "${env:PEER_PORT}", "9443",
		"${env:SCALER_KUBECONFIG}", kubeconfig).Replace(fmt.Sprintf(processDocument, external, 1, ""))
}

func tokenFor(t *testing.T, c *cluster.Cluster, namespace, account string) string {
	t.Helper()
	token, err := c.Client().CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)
	return token.Status.Token
}

func pool(t *testing.T, ca []byte) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	require.True(t, p.AppendCertsFromPEM(ca))
	return p
}

// entry is the cluster's APIService as it is now.
func entry(ctx context.Context, c *cluster.Cluster) (*unstructured.Unstructured, error) {
	services, err := c.Resource(schema.GroupVersionKind{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService"}, "")
	if err != nil {
		return nil, err
	}
	return services.Get(ctx, apiName, metav1.GetOptions{})
}

// caBundle is what the API server trusts Scaler by.
func caBundle(t *testing.T, c *cluster.Cluster) []byte {
	t.Helper()
	object, err := entry(t.Context(), c)
	require.NoError(t, err)
	text, _, err := unstructured.NestedString(object.Object, "spec", "caBundle")
	require.NoError(t, err)
	ca, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	return ca
}
