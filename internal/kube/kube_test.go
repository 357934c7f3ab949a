package kube

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

const kubeconfig = `
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: here, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: me, user: {token: hidden}}]
contexts: [{name: here, context: {cluster: here, user: me}}]
`

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestConnect(t *testing.T) {
	cfg, err := Connect(v1alpha1.KubernetesCluster{Kubeconfig: file(t, kubeconfig)})
	require.NoError(t, err)
	require.Equal(t, "https://127.0.0.1:6443", cfg.Host)
	require.Equal(t, "hidden", cfg.BearerToken)
	require.Equal(t, "scaler", cfg.UserAgent)
	require.Equal(t, 40, cfg.Burst)
	require.InDelta(t, 20, cfg.QPS, 0)
	require.Zero(t, cfg.Timeout)
}

// What is wrong is told, with what to do, and nothing of what the file holds.
func TestConnectFaults(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	_, err := Connect(v1alpha1.KubernetesCluster{})
	require.EqualError(t, err, "connect to the cluster: this process runs in no pod; set spec.kubernetes.kubeconfig to a file")

	_, err = Connect(v1alpha1.KubernetesCluster{Kubeconfig: "/nowhere"})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "spec.kubernetes.kubeconfig")

	for name, text := range map[string]string{
		"empty": "", "no YAML": "hidden: [", "another type": "users: hidden", "an array": "[hidden]",
		"no such context": "apiVersion: v1\nkind: Config\ncurrent-context: hidden",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Connect(v1alpha1.KubernetesCluster{Kubeconfig: file(t, text)})
			require.ErrorIs(t, err, errNotKubeconfig)
			require.NotContains(t, err.Error(), "hidden")
		})
	}
}

func TestWhy(t *testing.T) {
	of := schema.GroupResource{Resource: "secrets"}
	secret := errors.New("hidden")
	for want, err := range map[string]error{
		"":                    nil,
		"not allowed by RBAC": apierrors.NewForbidden(of, "hidden", secret),
		"the credentials are not accepted, or have expired": apierrors.NewUnauthorized("hidden"),
		"it does not exist":                         apierrors.NewNotFound(of, "hidden"),
		"somebody else changed it meanwhile":        apierrors.NewConflict(of, "hidden", secret),
		"the API server refuses the object":         apierrors.NewBadRequest("hidden"),
		"the API server does not answer in time":    context.DeadlineExceeded,
		"stopped":                                   context.Canceled,
		"the API server answers with an error":      apierrors.NewInternalError(secret),
		"the API server is not reachable":           &net.OpError{Op: "dial", Err: secret},
		"the API server's answer is not understood": secret,
	} {
		require.Equal(t, want, Why(err))
	}
}
