package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCredentials(t *testing.T) {
	c, err := newCredentials(t.TempDir(), []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)

	t.Run("the API server is who it is asked for", func(t *testing.T) {
		pair, err := tls.LoadX509KeyPair(c.path("apiserver.crt"), c.path("apiserver.key"))
		require.NoError(t, err)
		for _, name := range []string{"localhost", "127.0.0.1"} {
			_, err = pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool(t, c, "ca.crt")})
			require.NoError(t, err)
		}
		_, err = pair.Leaf.Verify(x509.VerifyOptions{DNSName: "elsewhere", Roots: pool(t, c, "ca.crt")})
		require.Error(t, err)
	})
	t.Run("the front proxy is not a client of the API server", func(t *testing.T) {
		pair, err := tls.LoadX509KeyPair(c.path("front-proxy.crt"), c.path("front-proxy.key"))
		require.NoError(t, err)
		usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: pool(t, c, "front-proxy-ca.crt"), KeyUsages: usages})
		require.NoError(t, err)
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: pool(t, c, "ca.crt"), KeyUsages: usages})
		require.Error(t, err)
	})
	t.Run("a client lives as long as asked", func(t *testing.T) {
		certificate, key, err := c.clients.client(pkix.Name{CommonName: "x", Organization: []string{"g"}}, time.Hour)
		require.NoError(t, err)
		pair, err := tls.X509KeyPair(certificate, key)
		require.NoError(t, err)
		require.Equal(t, []string{"g"}, pair.Leaf.Subject.Organization)
		require.WithinDuration(t, time.Now().Add(time.Hour), pair.Leaf.NotAfter, time.Minute)
	})
}

func pool(t *testing.T, c *credentials, file string) *x509.CertPool {
	t.Helper()
	content, err := os.ReadFile(c.path(file))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(content))
	return roots
}
