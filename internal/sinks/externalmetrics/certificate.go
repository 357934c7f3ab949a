package externalmetrics

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"k8s.io/apiserver/pkg/server/dynamiccertificates"
)

var errNoCertificate = errors.New("there is no certificate to serve with yet")

// certificate is what the server shows. Wrapped, so that whoever keeps the provider
// up to date also runs it.
type certificate struct {
	dynamiccertificates.CertKeyContentProvider
}

// expiry is when the certificate ends that would be shown now; false if there is
// none, or none that fits its key.
func (c certificate) expiry() (time.Time, bool) {
	pair, err := tls.X509KeyPair(c.CurrentCertKeyContent())
	if err != nil {
		return time.Time{}, false
	}
	return pair.Leaf.NotAfter, true
}

// ready tells why clients would not accept the certificate.
func (c certificate) ready() error {
	end, ok := c.expiry()
	switch {
	case !ok:
		return errNoCertificate
	case !time.Now().Before(end):
		return fmt.Errorf("the certificate expired at %s", end.UTC().Format(time.RFC3339))
	default:
		return nil
	}
}
