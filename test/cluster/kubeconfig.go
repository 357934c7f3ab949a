package cluster

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// UserKubeconfig writes a kubeconfig of a user with these groups and returns its
// path. Its certificate is refused when the lifetime is over.
func (c *Cluster) UserKubeconfig(user string, groups []string, lifetime time.Duration) (string, error) {
	certificate, key, err := c.credentials.clients.client(pkix.Name{CommonName: user, Organization: groups}, lifetime)
	if err != nil {
		return "", err
	}
	return c.writeKubeconfig(user, &api.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key})
}

// ServiceAccountKubeconfig writes a kubeconfig with a token of a service account,
// good for an hour, and returns its path. The account must be there.
func (c *Cluster) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) (string, error) {
	lifetime := int64(time.Hour / time.Second)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &lifetime}}
	got, err := c.client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("request a token of service account %s/%s: %w", namespace, name, err)
	}
	return c.writeKubeconfig(namespace+"-"+name, &api.AuthInfo{Token: got.Status.Token})
}

// writeKubeconfig never writes to a file that is already handed out.
func (c *Cluster) writeKubeconfig(name string, user *api.AuthInfo) (string, error) {
	file, err := os.CreateTemp(c.Dir, filepath.Base(name)+"-*.kubeconfig")
	if err != nil {
		return "", fmt.Errorf("write the kubeconfig of %s: %w", name, err)
	}
	defer file.Close()
	authority, err := os.ReadFile(c.credentials.path("ca.crt"))
	if err != nil {
		return "", fmt.Errorf("write the kubeconfig of %s: %w", name, err)
	}
	content, err := clientcmd.Write(api.Config{
		Clusters:       map[string]*api.Cluster{"test": {Server: c.URL, CertificateAuthorityData: authority}},
		AuthInfos:      map[string]*api.AuthInfo{name: user},
		Contexts:       map[string]*api.Context{"test": {Cluster: "test", AuthInfo: name}},
		CurrentContext: "test",
	})
	if err != nil {
		return "", fmt.Errorf("write the kubeconfig of %s: %w", name, err)
	}
	if _, err := file.Write(content); err != nil {
		return "", fmt.Errorf("write the kubeconfig of %s: %w", name, err)
	}
	return file.Name(), nil
}

// connect makes the administrator's client. Tests make many objects at once, so it
// is not held back.
func (c *Cluster) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	c.config, c.client = config, client
	return nil
}
