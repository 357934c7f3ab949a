//go:build e2e

package cluster_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/test/cluster"
)

func TestKarpenterAddsAndRemovesNodes(t *testing.T) {
	began := time.Now()
	passed := func(what string) { t.Logf("%s: %s", what, time.Since(began).Round(100*time.Millisecond)) }
	c := cluster.Start(t, cluster.Options{Karpenter: true, NodeCPU: 2})
	passed("started")
	require.Zero(t, nodes(t, c))

	deploy(t, c, 3) // one core each, and a node reserves some
	require.Eventually(t, func() bool { return nodes(t, c) == 3 }, patience, 100*time.Millisecond)
	passed("nodes")
	require.Eventually(t, func() bool { return ready(t, c) == 3 }, patience, 100*time.Millisecond)
	passed("pods ready")

	scale(t, c, 0)
	passed("scaled to zero")
	require.Eventually(t, func() bool { return nodes(t, c) == 0 }, 2*patience, 100*time.Millisecond)
	passed("nodes gone")
}

func scale(t *testing.T, c *cluster.Cluster, replicas int32) {
	t.Helper()
	deployments := c.Client().AppsV1().Deployments("default")
	_, err := deployments.UpdateScale(t.Context(), "web", &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
		Spec:       autoscalingv1.ScaleSpec{Replicas: replicas},
	}, metav1.UpdateOptions{})
	require.NoError(t, err)
}

func nodes(t *testing.T, c *cluster.Cluster) int {
	t.Helper()
	list, err := c.Client().CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	return len(list.Items)
}
