package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// validity is that of every certificate that is not asked to be shorter.
const validity = 24 * time.Hour

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of %s: %w", name, err)
	}
	template := template(pkix.Name{CommonName: name}, validity)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	return &authority{certificate: certificate, key: key, pem: encode("CERTIFICATE", der)}, nil
}

// client returns a client certificate and its key, in PEM.
func (a *authority) client(name pkix.Name, lifetime time.Duration) (certificate, key []byte, err error) {
	t := template(name, lifetime)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.sign(t)
}

// server returns a serving certificate and its key, in PEM.
func (a *authority) server(name string, names []string, addresses []net.IP) (certificate, key []byte, err error) {
	t := template(pkix.Name{CommonName: name}, validity)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames, t.IPAddresses = names, addresses
	return a.sign(t)
}

func (a *authority) sign(t *x509.Certificate) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make the key of %s: %w", t.Subject, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.certificate, private.Public(), a.key)
	if err != nil {
		return nil, nil, fmt.Errorf("sign the certificate of %s: %w", t.Subject, err)
	}
	key, err = encodeKey(private)
	return encode("CERTIFICATE", der), key, err
}

func template(name pkix.Name, lifetime time.Duration) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      name,
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return encode("EC PRIVATE KEY", der), nil
}

// credentials are the authorities of a cluster, and the files that its programs read.
type credentials struct {
	dir     string
	clients *authority
}

// newCredentials writes ca.crt, front-proxy-ca.crt, the pairs apiserver and
// front-proxy, and the key that signs the tokens of service accounts.
func newCredentials(dir string, names []string, addresses []net.IP) (*credentials, error) {
	ca, err := newAuthority("cluster-ca")
	if err != nil {
		return nil, err
	}
	frontProxyCA, err := newAuthority("front-proxy-ca")
	if err != nil {
		return nil, err
	}
	tokens, err := newAuthority("service-accounts") // only its key is used
	if err != nil {
		return nil, err
	}
	c := &credentials{dir: dir, clients: ca}
	tokensKey, err := encodeKey(tokens.key)
	if err != nil {
		return nil, err
	}
	serving, servingKey, err := ca.server("kube-apiserver", names, addresses)
	if err != nil {
		return nil, err
	}
	proxy, proxyKey, err := frontProxyCA.client(pkix.Name{CommonName: frontProxyName}, validity)
	if err != nil {
		return nil, err
	}
	return c, c.write(map[string][]byte{
		"ca.crt": ca.pem, "front-proxy-ca.crt": frontProxyCA.pem,
		"apiserver.crt": serving, "apiserver.key": servingKey,
		"front-proxy.crt": proxy, "front-proxy.key": proxyKey,
		"service-accounts.key": tokensKey,
	})
}

func (c *credentials) write(files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
			return fmt.Errorf("write a credential: %w", err)
		}
	}
	return nil
}

func (c *credentials) path(name string) string { return filepath.Join(c.dir, name) }
