package httpx_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// certificate makes a self-signed one for 127.0.0.1 and a.test, and its PEM.
func certificate(t *testing.T, notAfter time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: notAfter.Add(-24 * time.Hour), NotAfter: notAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"a.test"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func serveTLS(t *testing.T, conf *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = conf
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func TestTLS(t *testing.T) {
	good, goodPEM := certificate(t, time.Now().Add(time.Hour))
	expired, expiredPEM := certificate(t, time.Now().Add(-time.Hour))
	old := &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	for _, tc := range []struct {
		name   string
		server *tls.Config
		client *v1alpha1.TLS
		want   signals.Reason
	}{
		{"good", &tls.Config{Certificates: []tls.Certificate{good}}, &v1alpha1.TLS{CA: goodPEM}, ""},
		{"good by another name", &tls.Config{Certificates: []tls.Certificate{good}}, &v1alpha1.TLS{CA: goodPEM, ServerName: "a.test"}, ""},
		{"unknown CA", &tls.Config{Certificates: []tls.Certificate{good}}, nil, signals.TLS},
		{"another CA", &tls.Config{Certificates: []tls.Certificate{good}}, &v1alpha1.TLS{CA: expiredPEM}, signals.TLS},
		{"wrong name", &tls.Config{Certificates: []tls.Certificate{good}}, &v1alpha1.TLS{CA: goodPEM, ServerName: "b.test"}, signals.TLS},
		{"expired", &tls.Config{Certificates: []tls.Certificate{expired}}, &v1alpha1.TLS{CA: expiredPEM}, signals.TLS},
		{"TLS 1.1", old, &v1alpha1.TLS{CA: goodPEM}, signals.TLS},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := get(t, t.Context(), newClient(t, httpx.Settings{TLS: tc.client}), serveTLS(t, tc.server))
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			requireReason(t, tc.want, err)
		})
	}
	t.Run("no TLS at all", func(t *testing.T) {
		url := serve(t, func(http.ResponseWriter, *http.Request) {})
		_, err := get(t, t.Context(), newClient(t, httpx.Settings{}), "https"+url[len("http"):])
		requireReason(t, signals.TLS, err)
	})
}

func TestTLSSettings(t *testing.T) {
	cert, bundle := certificate(t, time.Now().Add(time.Hour))
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, []byte(bundle), 0o600))
	url := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}})
	_, err := get(t, t.Context(), newClient(t, httpx.Settings{TLS: &v1alpha1.TLS{CAFile: file}}), url)
	require.NoError(t, err)

	_, err = httpx.NewClient(httpx.Settings{TLS: &v1alpha1.TLS{CA: "no PEM"}})
	require.ErrorContains(t, err, "tls.ca")
	_, err = httpx.NewClient(httpx.Settings{TLS: &v1alpha1.TLS{CAFile: file + ".none"}})
	require.ErrorContains(t, err, "tls.caFile")
}
