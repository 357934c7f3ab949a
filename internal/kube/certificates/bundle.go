// Package certificates makes and rotates key pairs in a Secret, and follows such a
// Secret in every replica.
//
// A pair is signed by a certificate authority of its own, which is made with it and
// whose key is thrown away at once: no key that could sign lies anywhere. The next
// pair is staged in the Secret while the present one is shown, and its authority
// published with the others in ca.crt; it is shown only when that has been out for
// a while, and an authority leaves ca.crt only after its pair has expired. Every
// instant that this depends on is in the certificates themselves.
package certificates

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// The keys of a Secret. The first three are as cert-manager and others have them.
const (
	keyCert     = corev1.TLSCertKey
	keyKey      = corev1.TLSPrivateKeyKey
	keyCA       = corev1.ServiceAccountRootCAKey
	keyNextCert = "next.crt"
	keyNextKey  = "next.key"
)

// Bounds of what is read.
const (
	maxPEM = 256 << 10
	maxCAs = 512
)

// Bundle is what a Secret holds, as PEM.
type Bundle struct {
	// Cert and Key are the pair that is shown.
	Cert, Key []byte
	// CA is every authority that a shown certificate may be signed by.
	CA []byte
	// NextCert and NextKey are the pair that is shown next; empty: none is staged.
	NextCert, NextKey []byte
}

// FromData reads the data of a Secret. What it holds besides is left out.
func FromData(data map[string][]byte) Bundle {
	return Bundle{
		Cert: data[keyCert], Key: data[keyKey], CA: data[keyCA],
		NextCert: data[keyNextCert], NextKey: data[keyNextKey],
	}
}

// Data is what a Secret holds of a bundle.
func (b Bundle) Data() map[string][]byte {
	data := map[string][]byte{keyCert: b.Cert, keyKey: b.Key, keyCA: b.CA}
	if len(b.NextCert) > 0 {
		data[keyNextCert], data[keyNextKey] = b.NextCert, b.NextKey
	}
	return data
}

func (b Bundle) empty() bool {
	return len(b.Cert)+len(b.Key)+len(b.CA)+len(b.NextCert)+len(b.NextKey) == 0
}

var (
	errPair     = errors.New("tls.crt and tls.key are not a certificate and its key")
	errCA       = errors.New("ca.crt holds something else than certificates")
	errNextPair = errors.New("next.crt and next.key are not a certificate and its key")
	errStranger = errors.New("a certificate is signed by none of ca.crt")
)

// parsed is a bundle that makes sense.
type parsed struct {
	cas        []*x509.Certificate
	leaf, next *x509.Certificate // next may be nil
}

// parse reads a bundle as this package writes it.
func (b Bundle) parse() (parsed, error) {
	var p parsed
	current, err := readPair(b.Cert, b.Key)
	if err != nil {
		return p, err
	}
	p.leaf = current.Leaf
	if p.cas, err = readCAs(b.CA); err != nil {
		return p, err
	}
	if len(b.NextCert)+len(b.NextKey) > 0 {
		next, err := readPair(b.NextCert, b.NextKey)
		if err != nil {
			return p, errNextPair
		}
		p.next = next.Leaf
	}
	if p.signer(p.leaf) == nil || p.next != nil && p.signer(p.next) == nil {
		return p, errStranger
	}
	return p, nil
}

// signer is the authority that signed a certificate; nil: none of the bundle.
func (p parsed) signer(leaf *x509.Certificate) *x509.Certificate {
	i := slices.IndexFunc(p.cas, func(ca *x509.Certificate) bool { return leaf.CheckSignatureFrom(ca) == nil })
	if i < 0 {
		return nil
	}
	return p.cas[i]
}

func readPair(cert, key []byte) (tls.Certificate, error) {
	if len(cert) > maxPEM || len(key) > maxPEM {
		return tls.Certificate{}, errPair
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil || pair.Leaf == nil {
		return tls.Certificate{}, errPair
	}
	return pair, nil
}

// readCAs reads a list of certificates, none included.
func readCAs(list []byte) ([]*x509.Certificate, error) {
	if len(list) > maxPEM {
		return nil, errCA
	}
	var cas []*x509.Certificate
	for list = bytes.TrimSpace(list); len(list) > 0; list = bytes.TrimSpace(list) {
		var block *pem.Block
		if block, list = pem.Decode(list); block == nil || block.Type != blockCert || len(cas) == maxCAs {
			return nil, errCA
		}
		ca, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errCA
		}
		cas = append(cas, ca)
	}
	return cas, nil
}
