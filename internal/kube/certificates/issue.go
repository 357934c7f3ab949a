package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

const (
	blockCert = "CERTIFICATE"
	blockKey  = "PRIVATE KEY"
	// backdate is how long before it is made a certificate is valid: for whoever's
	// clock is behind.
	backdate = time.Hour
)

// Issuer makes pairs. It holds no key and reads no clock.
type Issuer struct {
	// Names are the DNS names of a pair; at least one.
	Names []string
	// ValidFor is how long a pair is valid.
	ValidFor time.Duration
	// Peers makes pairs that are good for clients too, for both ends of a connection.
	Peers bool
}

// ServiceNames are the names by which the API server and pods know a Service.
func ServiceNames(service, namespace string) []string {
	host := service + "." + namespace
	return []string{host + ".svc", host, host + ".svc.cluster.local"}
}

// First makes the bundle of a new Secret. Nobody trusts it before.
func (i Issuer) First(now time.Time) (Bundle, error) {
	ca, cert, key, err := i.issue(now)
	if err != nil {
		return Bundle{}, fmt.Errorf("make a certificate for %s: %w", i.Names, err)
	}
	return Bundle{Cert: cert, Key: key, CA: ca}, nil
}

// issue makes an authority, signs one pair with it, and forgets its key.
func (i Issuer) issue(now time.Time) (ca, cert, key []byte, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	authority, err := i.template(now)
	if err != nil {
		return nil, nil, nil, err
	}
	authority.Subject.CommonName = fmt.Sprintf("scaler authority %x", authority.SerialNumber)
	authority.IsCA, authority.MaxPathLenZero = true, true
	authority.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, caKey.Public(), caKey)
	if err != nil {
		return nil, nil, nil, err
	}
	// As it was made, it has the key identifier that the pair refers to.
	signer, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, nil, err
	}
	leaf, err := i.template(now)
	if err != nil {
		return nil, nil, nil, err
	}
	leaf.Subject.CommonName = "scaler"
	leaf.DNSNames = i.Names
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = i.usages()
	signed, err := x509.CreateCertificate(rand.Reader, leaf, signer, leafKey.Public(), caKey)
	if err != nil {
		return nil, nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return nil, nil, nil, err
	}
	return encode(blockCert, der), encode(blockCert, signed), encode(blockKey, pkcs8), nil
}

func (i Issuer) template(now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"scaler"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(i.ValidFor), BasicConstraintsValid: true,
	}, nil
}

func (i Issuer) usages() []x509.ExtKeyUsage {
	if i.Peers {
		return []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	return []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
}

func encode(block string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der})
}
