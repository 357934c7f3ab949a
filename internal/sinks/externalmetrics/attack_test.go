package externalmetrics

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/testattack"
)

const (
	attacks = 1000
	// answeredWithin is generous, for a machine that does other things.
	answeredWithin = 10 * time.Second
)

// tenants gives namespaces a and b the same metric, and each a token that may read
// it there.
func tenants(t *testing.T) *guarded {
	t.Helper()
	g := guard(t)
	g.tokens["a-token"] = authenticationv1.UserInfo{Username: "a"}
	g.tokens["b-token"] = authenticationv1.UserInfo{Username: "b"}
	g.may = mayList(map[string][]string{"a": {"a"}, "b": {"b"}})
	a, b := policy.ID{Namespace: "a", Name: "w"}, policy.ID{Namespace: "b", Name: "w"}
	require.NoError(t, NewSink(g.board, map[policy.ID]string{a: "w", b: "w"}).Publish(t.Context(),
		[]policy.Decision{known(a, 734511, 1), known(b, 734522, 2)}))
	return g
}

func TestMaliciousRequests(t *testing.T) {
	g := tenants(t)
	target := testattack.Target{
		URL: "https://" + g.server.Addr().String(), Roots: g.ownCA.pool(), Own: "a", Other: "b", Metric: "w",
		Tokens:  map[testattack.Identity]string{testattack.Tenant: "a-token", testattack.Stranger: "stranger-token"},
		Secrets: []string{"734511", "734522", "planted", "a-token"},
	}
	honest := g.as(t, nil)
	for _, class := range testattack.Classes() {
		t.Run(class.Name, func(t *testing.T) {
			result, err := class.Run(t.Context(), target, attacks)
			require.NoError(t, err)
			require.Empty(t, result.Faults)
			require.Less(t, result.Slowest, answeredWithin)
			t.Logf("%d requests: %v, median %s, slowest %s", result.Sent, result.Statuses, result.Median, result.Slowest)
			status, body := g.get(t, honest, metricPath("a", "w"), bearer("a-token"))
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, body, "734511", "there was something to be had")
		})
	}
}

// The same name in two namespaces, asked for by both tenants at once.
func TestTenantsNeverCross(t *testing.T) {
	g := tenants(t)
	var all sync.WaitGroup
	var faults sync.Map
	cross := func(client *http.Client, own, other, value string) {
		status, body, err := g.ask(t.Context(), client, metricPath(own, "w"), bearer(own+"-token"))
		if err != nil || status != http.StatusOK || !strings.Contains(body, `"value":"`+value+`"`) {
			faults.Store(fmt.Sprint(own, status, body, err), true)
		}
		status, body, err = g.ask(t.Context(), client, metricPath(other, "w"), bearer(own+"-token"))
		if err != nil || status != http.StatusForbidden || strings.Contains(body, "7345") {
			faults.Store(fmt.Sprint(own, status, body, err), true)
		}
	}
	for range 2 {
		a, b := g.as(t, nil), g.as(t, nil)
		all.Go(func() {
			for range attacks / 4 {
				cross(a, "a", "b", "734511")
			}
		})
		all.Go(func() {
			for range attacks / 4 {
				cross(b, "b", "a", "734522")
			}
		})
	}
	all.Wait()
	faults.Range(func(k, _ any) bool {
		t.Error(k)
		return true
	})
}
