//go:build e2e

package kubernetes_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/external_metrics/v1beta1"

	"github.com/scaler-dev/scaler/test/cluster"
)

// reader is a service account that may read external metrics.
const reader = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [external.metrics.k8s.io], resources: ["*"], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: reader, namespace: shop}]
---
`

// reviewsEnd is when a GET has its answer at the latest: the reviews of one have two
// seconds together.
const reviewsEnd = 3 * time.Second

// identity is who GETs the metric straight from a replica.
type identity struct {
	name    string
	headers map[string]string
	client  *http.Client
}

// The identities, each with what Scaler has to ask the API server about it.
const (
	byMaster = "front proxy, system:masters" // nothing
	byHPA    = "front proxy, the HPA's"      // whether it may
	byToken  = "a token"                     // who it is, and whether it may
)

// glimpse is one look at a number that must not fall.
type glimpse struct {
	at   time.Time
	took time.Duration
	by   string // an identity; empty: it is the Deployment
	code int
	n    int64
}

// lookout looks at the Deployment, and at the metric as every replica answers it.
type lookout struct {
	c          *cluster.Cluster
	identities []identity

	mu  sync.Mutex
	all []glimpse
}

func newLookout(t *testing.T, c *cluster.Cluster) *lookout {
	t.Helper()
	dir := filepath.Join(c.Dir, "credentials")
	proxy, err := tls.LoadX509KeyPair(filepath.Join(dir, "front-proxy.crt"), filepath.Join(dir, "front-proxy.key"))
	require.NoError(t, err)
	token, err := c.Client().CoreV1().ServiceAccounts("shop").CreateToken(t.Context(), "reader", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)
	client := func(certificates ...tls.Certificate) *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certificates}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport, Timeout: 2 * reviewsEnd}
	}
	return &lookout{c: c, identities: []identity{
		{byMaster, map[string]string{"X-Remote-User": "admin", "X-Remote-Group": "system:masters"}, client(proxy)},
		{byHPA, map[string]string{"X-Remote-User": "system:serviceaccount:kube-system:horizontal-pod-autoscaler", "X-Remote-Group": "system:authenticated"}, client(proxy)},
		{byToken, map[string]string{"Authorization": "Bearer " + token.Status.Token}, client()},
	}}
}

// replica GETs from a replica until ctx or the process ends.
func (l *lookout) replica(ctx context.Context, r *replica) {
	var group sync.WaitGroup
	for _, who := range l.identities {
		group.Go(func() {
			l.every(ctx, r.done, func() (glimpse, bool) { return who.get(ctx, "https://"+r.api) })
		})
	}
	group.Wait()
}

// workload looks at the Deployment until ctx ends.
func (l *lookout) workload(ctx context.Context) {
	l.every(ctx, nil, func() (glimpse, bool) {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		began := time.Now()
		d, err := l.c.Client().AppsV1().Deployments("shop").Get(ctx, "orders", metav1.GetOptions{})
		if err != nil {
			return glimpse{}, false
		}
		return glimpse{at: began, code: http.StatusOK, n: int64(*d.Spec.Replicas)}, true
	})
}

func (l *lookout) every(ctx context.Context, end <-chan struct{}, look func() (glimpse, bool)) {
	for ctx.Err() == nil {
		if g, ok := look(); ok && ctx.Err() == nil {
			l.mu.Lock()
			l.all = append(l.all, g)
			l.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-end:
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// get reads the metric; false: the process has ended, or is ending.
func (i identity) get(ctx context.Context, base string) (glimpse, bool) {
	g := glimpse{at: time.Now(), by: i.name}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/orders", http.NoBody)
	if err != nil {
		return g, false
	}
	for key, value := range i.headers {
		req.Header.Set(key, value)
	}
	resp, err := i.client.Do(req)
	g.took = time.Since(g.at)
	if err != nil {
		return g, g.took > reviewsEnd // it hangs
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	g.took, g.code = time.Since(g.at), resp.StatusCode
	if err != nil || g.code != http.StatusOK {
		return g, err == nil
	}
	var list v1beta1.ExternalMetricValueList
	if json.Unmarshal(raw, &list) == nil && len(list.Items) == 1 {
		g.n = list.Items[0].Value.Value()
	}
	return g, true
}

// sight is what one sort of look gave in a time.
type sight struct {
	codes   map[int]int
	lowest  int64
	slowest time.Duration
}

func (s *sight) String() string {
	var out []string
	for _, code := range slices.Sorted(maps.Keys(s.codes)) {
		out = append(out, fmt.Sprintf("%d: %d", code, s.codes[code]))
	}
	return strings.Join(out, ", ")
}

// between is what was seen in a time, by identity; "" is the Deployment.
func (l *lookout) between(from, to time.Time) map[string]*sight {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]*sight{}
	for _, g := range l.all {
		if g.at.Before(from) || g.at.After(to) {
			continue
		}
		s := out[g.by]
		if s == nil {
			s = &sight{codes: map[int]int{}, lowest: 1 << 62}
			out[g.by] = s
		}
		s.codes[g.code]++
		s.slowest = max(s.slowest, g.took)
		if g.code == http.StatusOK {
			s.lowest = min(s.lowest, g.n)
		}
	}
	return out
}

// replicas are those that the Deployment had in a time.
func (l *lookout) replicas(from, to time.Time) []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []int64
	for _, g := range l.all {
		if g.by == "" && g.at.After(from) && g.at.Before(to) && (len(out) == 0 || out[len(out)-1] != g.n) {
			out = append(out, g.n)
		}
	}
	return out
}

// requireNeverLower: whoever got a number in a time got no lower one, and everybody
// got an answer soon.
func (l *lookout) requireNeverLower(t *testing.T, from, to time.Time, least int64) map[string]*sight {
	t.Helper()
	seen := l.between(from, to)
	require.Len(t, seen, len(l.identities)+1, "%v", seen)
	for by, s := range seen {
		require.GreaterOrEqual(t, s.lowest, least, "%q got a lower number", by)
		require.Less(t, s.slowest, reviewsEnd, "%q waits", by)
		require.Zero(t, s.codes[0], "%q got no answer", by)
		for code := range s.codes {
			require.Contains(t, []int{http.StatusOK, http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable}, code, by)
		}
	}
	return seen
}
