//go:build e2e

package kubernetes_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestAWorkloadThatIsNotThere has a policy before its Deployment, which then appears
// with more replicas than the policy decides, and another time with fewer.
func TestAWorkloadThatIsNotThere(t *testing.T) {
	t.Parallel() // each has a cluster of its own, and waits most of the time
	const window = 15 * time.Second
	w, documents := startTroubled(t, window.String())
	a := w.run("a", settings{Documents: documents})
	w.says(a, "the Deployment does not exist")
	var before string
	eventually(t, time.Minute, "three samples have come", func() bool {
		_, before = a.get(t.Context(), "/api/v1/decisions/shop/orders")
		return strings.Contains(before, `"mayLower": true`)
	})
	require.Contains(t, before, `"unknown": "workload_missing"`)
	t.Logf("health says: %q", w.problems(a))
	time.Sleep(5 * time.Second)
	require.Equal(t, []int{http.StatusServiceUnavailable}, codes(w.lookout.between(time.Now().Add(-4*time.Second), time.Now())[byMaster]))

	// More than is decided: what it has is kept for a whole window.
	require.NoError(t, w.c.Apply(t.Context(), deployment(2*enough)))
	appeared := time.Now()
	in := w.becomes(enough)
	t.Logf("it appears with %d replicas: %d after %.1f s, with a window of %s", 2*enough, enough, in.Seconds(), window)
	require.Greater(t, in, window-2*time.Second)
	eventually(t, 5*time.Second, "it was seen to go straight there", func() bool {
		return slices.Equal([]int64{2 * enough, enough}, w.lookout.replicas(appeared, time.Now()))
	})
	for _, p := range w.problems(a) {
		require.NotContains(t, p, "Deployment")
		require.NotContains(t, p, "shop/orders")
	}

	// It is deleted, and appears with fewer.
	require.NoError(t, w.c.Client().AppsV1().Deployments("shop").Delete(t.Context(), "orders", metav1.DeleteOptions{}))
	w.says(a, "the Deployment does not exist")
	require.NoError(t, w.c.Apply(t.Context(), deployment(1)))
	t.Logf("it appears again with 1 replica: %d after %.1f s", enough, w.becomes(enough).Seconds())
	t.Logf("and scales: %s", w.scalesAgain())
}
