package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// PeerName is the name that replicas know each other by, whatever their addresses.
const PeerName = "scaler-peer"

var (
	errNoAuthority = errors.New("no authority to check a peer with is known")
	errNoPeer      = errors.New("the peer shows no certificate")
)

// PeerServer is for the end that is called. It shows the present pair and lets in
// only who shows one that the present authorities know; a rotation needs no restart.
// Until there is a pair it refuses everybody.
func (w *Watched) PeerServer() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			c, err := w.trusted()
			if err != nil {
				return nil, err
			}
			return &tls.Config{
				MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{c.pair}, Time: w.now,
				ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: c.pool,
				// Whoever comes back is checked with the authorities of then.
				SessionTicketsDisabled: true,
				VerifyConnection:       func(s tls.ConnectionState) error { return w.verify(s, x509.ExtKeyUsageClientAuth) },
			}, nil
		},
	}
}

// PeerClient is for the end that calls. It shows the present pair, and trusts only
// whom the present authorities know by PeerName. Until there is a pair it refuses
// everybody.
func (w *Watched) PeerClient() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: PeerName,
		// VerifyConnection does all of it, with the authorities of the moment; RootCAs
		// could not change.
		InsecureSkipVerify: true,
		VerifyConnection:   func(s tls.ConnectionState) error { return w.verify(s, x509.ExtKeyUsageServerAuth) },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := w.trusted()
			if err != nil {
				return nil, err
			}
			return &c.pair, nil
		},
	}
}

// verify checks the other end's certificate by the authorities of this moment.
func (w *Watched) verify(s tls.ConnectionState, use x509.ExtKeyUsage) error {
	c, err := w.trusted()
	if err != nil {
		return err
	}
	if len(s.PeerCertificates) == 0 {
		return errNoPeer
	}
	between := x509.NewCertPool()
	for _, cert := range s.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	_, err = s.PeerCertificates[0].Verify(x509.VerifyOptions{
		DNSName: PeerName, Roots: c.pool, Intermediates: between, CurrentTime: w.now(), KeyUsages: []x509.ExtKeyUsage{use},
	})
	if err != nil {
		return fmt.Errorf("check the peer's certificate: %w", err)
	}
	return nil
}

// trusted is what is in use, where it has authorities.
func (w *Watched) trusted() (*content, error) {
	c := w.current.Load()
	switch {
	case c == nil:
		return nil, w.unread()
	case len(c.ca) == 0:
		return nil, errNoAuthority
	}
	return c, nil
}
