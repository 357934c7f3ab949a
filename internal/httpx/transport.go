// Package httpx is the one way in which Scaler calls servers over HTTP: bounded
// in time and size, without proxies or redirects, never insecure, and with errors
// that repeat nothing of what a server said.
package httpx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// The bounds of a call. Its context bounds the whole, CallTimeout by default.
const (
	dialTimeout   = 2 * time.Second
	tlsTimeout    = 3 * time.Second
	headerTimeout = 3 * time.Second
	CallTimeout   = 5 * time.Second

	maxHeaderBytes = 64 << 10
	maxIdlePerHost = 16
)

// NewTransport makes the transport of one provider. Connections are kept, so that
// a fault that breaks only new ones is survived. There is no proxy. Link-local
// addresses, where clouds keep their credentials, are refused at the dialer,
// whatever name led there.
func NewTransport(settings *v1alpha1.TLS) (*http.Transport, error) {
	conf, err := tlsConfig(settings)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: refuseLinkLocal}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ForceAttemptHTTP2:      true,
	}, nil
}

func tlsConfig(s *v1alpha1.TLS) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if s == nil {
		return conf, nil
	}
	conf.ServerName = s.ServerName
	pem := []byte(s.CA)
	if s.CAFile != "" {
		var err error
		if pem, err = os.ReadFile(s.CAFile); err != nil {
			return nil, fmt.Errorf("read tls.caFile: %w", err)
		}
	}
	if len(pem) == 0 {
		return conf, nil
	}
	conf.RootCAs = x509.NewCertPool()
	if !conf.RootCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("tls.ca: no PEM certificate found")
	}
	return conf, nil
}

var errLinkLocal = errors.New("link-local addresses are refused")

// refuseLinkLocal looks at the address that is really dialed, so that no name and
// no rebinding leads to a metadata service.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("parse dialed address: %w", err)
	}
	ip := ap.Addr().Unmap()
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || isEC2Metadata(ip) {
		return errLinkLocal
	}
	return nil
}

// isEC2Metadata knows fd00:ec2::/32, where EC2 keeps its metadata services on IPv6.
func isEC2Metadata(ip netip.Addr) bool {
	b := ip.As16()
	return ip.Is6() && b[0] == 0xfd && b[1] == 0 && b[2] == 0x0e && b[3] == 0xc2
}
