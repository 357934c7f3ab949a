//go:build e2e

package cluster_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/scaler-dev/scaler/test/cluster"
)

func TestAPIServerFaults(t *testing.T) {
	c := cluster.Start(t, cluster.Options{})
	account := c.Client().CoreV1().ServiceAccounts("default")

	t.Run("hangs", func(t *testing.T) {
		require.NoError(t, c.PauseAPIServer())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := account.Get(ctx, "default", metav1.GetOptions{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, c.ResumeAPIServer())
		_, err = account.Get(t.Context(), "default", metav1.GetOptions{})
		require.NoError(t, err)
	})
	t.Run("restarts with its state", func(t *testing.T) {
		require.NoError(t, c.Apply(t.Context(), []byte(`{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}}`)))
		began := time.Now()
		c.StopAPIServer()
		t.Logf("stopped in %s", time.Since(began).Round(time.Millisecond))
		_, err := account.Get(t.Context(), "default", metav1.GetOptions{})
		require.Error(t, err)
		require.Error(t, c.PauseAPIServer())
		began = time.Now()
		require.NoError(t, c.StartAPIServer(t.Context()))
		t.Logf("started in %s", time.Since(began).Round(time.Millisecond))
		_, err = c.Client().CoreV1().ConfigMaps("default").Get(t.Context(), "kept", metav1.GetOptions{})
		require.NoError(t, err)
	})
	t.Run("is killed", func(t *testing.T) {
		c.KillAPIServer()
		require.NoError(t, c.StartAPIServer(t.Context()))
		_, err := account.Get(t.Context(), "default", metav1.GetOptions{})
		require.NoError(t, err)
	})
}

func TestUsers(t *testing.T) {
	c := cluster.Start(t, cluster.Options{AllAddresses: true})

	t.Run("the administrator comes by another address", func(t *testing.T) {
		host, err := cluster.HostIP()
		if err != nil {
			t.Skip(err)
		}
		config := c.Config()
		config.Host = strings.Replace(c.URL, "127.0.0.1", host.String(), 1)
		_, err = kubernetes.NewForConfigOrDie(config).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
	})
	t.Run("an unknown field is refused", func(t *testing.T) {
		err := c.Apply(t.Context(), []byte(`{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, dada: {a: b}}`))
		require.ErrorContains(t, err, ".dada: field not declared in schema")
	})
	t.Run("metrics are open", func(t *testing.T) {
		for program, name := range map[string]string{
			cluster.APIServer:         "apiserver_request_total",
			cluster.ControllerManager: "rest_client_rate_limiter_duration_seconds",
		} {
			metrics, err := c.Metrics(t.Context(), program)
			require.NoError(t, err)
			require.Contains(t, string(metrics), name)
		}
	})

	t.Run("a service account has the rights it was given", func(t *testing.T) {
		path, err := c.ServiceAccountKubeconfig(t.Context(), "default", "default")
		require.NoError(t, err)
		pods := client(t, path).CoreV1().Pods("default")
		_, err = pods.List(t.Context(), metav1.ListOptions{})
		require.True(t, apierrors.IsForbidden(err), "%v", err)
		require.NoError(t, c.Apply(t.Context(), []byte(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: view, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
`)))
		require.Eventually(t, func() bool {
			_, err := pods.List(t.Context(), metav1.ListOptions{})
			return err == nil
		}, patience, 100*time.Millisecond)
	})
	t.Run("a certificate expires", func(t *testing.T) {
		path, err := c.UserKubeconfig("brief", []string{"system:masters"}, 3*time.Second)
		require.NoError(t, err)
		pods := client(t, path).CoreV1().Pods("default")
		_, err = pods.List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, err := pods.List(t.Context(), metav1.ListOptions{})
			return apierrors.IsUnauthorized(err)
		}, patience, 100*time.Millisecond)
	})
}

func client(t *testing.T, kubeconfig string) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	require.NoError(t, err)
	return kubernetes.NewForConfigOrDie(config)
}
