package testattack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/http"
	"time"
)

// Identity is who sends the requests of a class.
type Identity string

// The identities.
const (
	// Nobody shows nothing that identifies a client.
	Nobody Identity = "nobody"
	// Foreign shows a client certificate of an authority that nobody trusts.
	Foreign Identity = "foreign"
	// Stranger has a token that is good, and no right.
	Stranger Identity = "stranger"
	// Tenant has a token that is good, and may get and list every metric of its own
	// namespace.
	Tenant Identity = "tenant"
)

// Target is what is attacked: a metric that is served in a tenant's namespace and in
// another's.
type Target struct {
	// URL is the server's base, without a slash at its end.
	URL string
	// Roots are the certificates that the server is trusted by.
	Roots *x509.CertPool
	// ServerName is what the server's certificate is for; empty: the URL's host.
	ServerName string
	// Own is the tenant's namespace, Other one that it has no right in.
	Own, Other string
	// Metric is served in both.
	Metric string
	// Tokens of Stranger and Tenant.
	Tokens map[Identity]string
	// Secrets are texts that no answer may contain: the metric's values, for one.
	Secrets []string
}

const clientTimeout = 30 * time.Second

// client connects as the identity does. It follows no redirect.
func (t Target) client(as Identity) (*http.Client, error) {
	config := &tls.Config{RootCAs: t.Roots, ServerName: t.ServerName, MinVersion: tls.VersionTLS12}
	if as == Foreign {
		foreign, err := foreignCertificate()
		if err != nil {
			return nil, fmt.Errorf("make a foreign certificate: %w", err)
		}
		// In answer to whatever authorities the server names.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &foreign, nil }
	}
	return &http.Client{
		Timeout:       clientTimeout,
		Transport:     &http.Transport{TLSClientConfig: config, DisableCompression: true, MaxIdleConnsPerHost: workers},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// foreignCertificate claims to be the front proxy and vouches for itself.
func foreignCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "front-proxy-client", Organization: []string{"system:masters"}},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
