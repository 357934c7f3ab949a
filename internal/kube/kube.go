// Package kube connects to the cluster that Scaler runs in.
package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// What one replica may ask of the API server: requests a second, and at once.
const (
	qps   = 20
	burst = 40
)

// userAgent is who the API server's logs and managedFields say it was.
const userAgent = "scaler"

var errNotKubeconfig = errors.New("the file is no kubeconfig with a usable current context; kubectl --kubeconfig FILE version tells more")

// Connect says how to reach the API server: as the kubeconfig has it or, without
// one, as the service account of the pod. It calls nobody. Requests have no
// time-out of their own: a caller bounds each with its context. Credentials that are
// refused are read anew.
func Connect(c v1alpha1.KubernetesCluster) (*rest.Config, error) {
	cfg, err := load(c.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("connect to the cluster: %w", err)
	}
	cfg.UserAgent, cfg.QPS, cfg.Burst = userAgent, qps, burst
	renewed := newRenewal(c.Kubeconfig, cfg)
	cfg.Wrap(func(first http.RoundTripper) http.RoundTripper { return renewing{renewed, first} })
	return cfg, nil
}

func load(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		cfg, err := rest.InClusterConfig()
		if errors.Is(err, rest.ErrNotInCluster) {
			return nil, errors.New("this process runs in no pod; set spec.kubernetes.kubeconfig to a file")
		}
		if err != nil {
			return nil, fmt.Errorf("use the pod's service account (is automountServiceAccountToken false?): %w", err)
		}
		return cfg, nil
	}
	if _, err := os.Stat(kubeconfig); err != nil {
		return nil, fmt.Errorf("read spec.kubernetes.kubeconfig: %w", err)
	}
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		// The error may quote the file, and the file holds credentials.
		return nil, fmt.Errorf("read spec.kubernetes.kubeconfig %s: %w", kubeconfig, errNotKubeconfig)
	}
	return cfg, nil
}

// Why says in a few words why a call to the API server failed. It repeats nothing
// of what the server said.
func Why(err error) string {
	var unreachable net.Error
	switch {
	case err == nil:
		return ""
	case apierrors.IsForbidden(err):
		return "not allowed by RBAC"
	case apierrors.IsUnauthorized(err):
		return "the credentials are not accepted, or have expired"
	case apierrors.IsNotFound(err):
		return "it does not exist"
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return "somebody else changed it meanwhile"
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return "the API server refuses the object"
	case errors.Is(err, context.DeadlineExceeded), apierrors.IsTimeout(err), apierrors.IsServerTimeout(err):
		return "the API server does not answer in time"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case apierrors.ReasonForError(err) != "":
		return "the API server answers with an error"
	case errors.As(err, &unreachable):
		return "the API server is not reachable"
	}
	return "the API server's answer is not understood"
}
