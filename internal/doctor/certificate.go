//go:build !nok8s

package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/kube"
)

// certificate tells whether the serving pair is one, bears the Service's name, and
// lasts.
func (c Cluster) certificate(ctx context.Context) []Finding {
	e := c.Config.Spec.ExternalMetrics
	if e == nil || e.Certificate == nil {
		return []Finding{finding("certificate", Skip, "", "the documents name none")}
	}
	name, keeper := "", "whoever keeps the Secret, cert-manager for example, has to renew it: look at its status"
	if own := e.Certificate.SelfManaged; own != nil {
		name, keeper = own.Secret, "Scaler's leader makes and renews it: is it running? Look for a problem in its log, and at rbac above"
	} else {
		name = e.Certificate.Secret.Name
	}
	namespace := c.Config.Spec.Kubernetes.Namespace
	check := "certificate " + name
	var secret *corev1.Secret
	err := within(ctx, func(ctx context.Context) error {
		var err error
		secret, err = c.Client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
		return err
	})
	switch {
	case apierrors.IsNotFound(err):
		return []Finding{finding(check, Fail, keeper, "there is no Secret %s in %s", name, namespace)}
	case err != nil:
		return []Finding{finding(check, Skip, "", "%s", kube.Why(err))}
	}
	pair, err := tls.X509KeyPair(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey])
	if err != nil || pair.Leaf == nil {
		return []Finding{finding(check, Fail, keeper, "tls.crt and tls.key are no certificate and its key")}
	}
	return []Finding{judgeCertificate(check, keeper, pair.Leaf, e.Service+"."+namespace+".svc", c.Now())}
}

func judgeCertificate(check, keeper string, leaf *x509.Certificate, host string, now time.Time) Finding {
	left, all := leaf.NotAfter.Sub(now), leaf.NotAfter.Sub(leaf.NotBefore)
	switch {
	case left <= 0:
		return finding(check, Fail, keeper, "it expired %s ago", explain.Duration(-left))
	case now.Before(leaf.NotBefore):
		return finding(check, Fail, "compare the clocks of this host and of who made it", "it is valid only from %s", leaf.NotBefore.UTC().Format(time.RFC3339))
	case leaf.VerifyHostname(host) != nil:
		return finding(check, Fail, "add the DNS name to the certificate", "it does not bear the name %s, which the API server asks for", host)
	case left < all/4:
		return finding(check, Warn, keeper, "it expires in %s, and should have been renewed", explain.Duration(left))
	}
	return finding(check, OK, "", "it expires in %s", explain.Duration(left))
}
