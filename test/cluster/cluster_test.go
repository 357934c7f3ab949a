//go:build e2e

package cluster_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/test/cluster"
)

const patience = time.Minute

func TestPodsRunOnAFakeNode(t *testing.T) {
	began := time.Now()
	c := cluster.Start(t, cluster.Options{Scheduler: true, KWOK: true})
	t.Logf("started in %s", time.Since(began).Round(time.Millisecond))

	require.NoError(t, c.FakeNode(t.Context(), "one"))
	deploy(t, c, 3)
	require.Eventually(t, func() bool { return ready(t, c) == 3 }, patience, 100*time.Millisecond)
	t.Logf("pods ready after %s", time.Since(began).Round(time.Millisecond))
}

func deploy(t *testing.T, c *cluster.Cluster, replicas int32) {
	t.Helper()
	labels := map[string]string{"app": "web"}
	_, err := c.Client().AppsV1().Deployments("default").Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "web", Image: "none",
					Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
						corev1.ResourceCPU: resource.MustParse("1"),
					}},
				}}},
			},
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
}

func ready(t *testing.T, c *cluster.Cluster) int32 {
	t.Helper()
	d, err := c.Client().AppsV1().Deployments("default").Get(t.Context(), "web", metav1.GetOptions{})
	require.NoError(t, err)
	return d.Status.ReadyReplicas
}
