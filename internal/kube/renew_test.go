package kube

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// gate is an API server that lets one user in.
type gate struct {
	*httptest.Server

	user atomic.Pointer[string]
}

func newGate(t *testing.T, user string) *gate {
	t.Helper()
	g := &gate{}
	g.let(user)
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := r.Header.Get("Authorization")
		if len(r.TLS.PeerCertificates) > 0 {
			shown = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		if shown != *g.user.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	g.EnableHTTP2 = true
	g.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	g.StartTLS()
	t.Cleanup(g.Close)
	return g
}

func (g *gate) let(user string) { g.user.Store(&user) }

// write writes a kubeconfig, at once.
func (g *gate) write(t *testing.T, path string, user *api.AuthInfo) {
	t.Helper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.Certificate().Raw})
	content, err := clientcmd.Write(api.Config{
		Clusters:       map[string]*api.Cluster{"here": {Server: g.URL, CertificateAuthorityData: ca}},
		AuthInfos:      map[string]*api.AuthInfo{"me": user},
		Contexts:       map[string]*api.Context{"here": {Cluster: "here", AuthInfo: "me"}},
		CurrentContext: "here",
	})
	require.NoError(t, err)
	replace(t, path, content)
}

// replace writes a file so that nobody reads half of it.
func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", content, 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

func pair(t *testing.T, name string) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	raw, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw})
}

// TestRenewal: what is refused is read anew, wherever it stands, also on a connection
// that stays open; until it has been renewed the old is shown.
func TestRenewal(t *testing.T) {
	for name, write := range map[string]func(t *testing.T, g *gate, path, user string){
		"token": func(t *testing.T, g *gate, path, user string) {
			t.Helper()
			g.write(t, path, &api.AuthInfo{Token: user})
		},
		"token file": func(t *testing.T, g *gate, path, user string) {
			t.Helper()
			replace(t, path+".token", []byte(user))
			g.write(t, path, &api.AuthInfo{TokenFile: path + ".token"})
		},
		"certificate": func(t *testing.T, g *gate, path, user string) {
			t.Helper()
			certificate, key := pair(t, "Bearer "+user)
			g.write(t, path, &api.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key})
		},
		"certificate files": func(t *testing.T, g *gate, path, user string) {
			t.Helper()
			certificate, key := pair(t, "Bearer "+user)
			replace(t, path+".crt", certificate)
			replace(t, path+".key", key)
			g.write(t, path, &api.AuthInfo{ClientCertificate: path + ".crt", ClientKey: path + ".key"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, path := newGate(t, "Bearer one"), filepath.Join(t.TempDir(), "kubeconfig")
			write(t, g, path, "one")
			cfg, err := Connect(v1alpha1.KubernetesCluster{Kubeconfig: path})
			require.NoError(t, err)
			client, err := rest.HTTPClientFor(cfg)
			require.NoError(t, err)
			get := func() int {
				resp, err := client.Get(g.URL)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				return resp.StatusCode
			}
			require.Equal(t, http.StatusOK, get())
			for _, user := range []string{"two", "three"} {
				g.let("Bearer " + user)
				for range 3 {
					require.Equal(t, http.StatusUnauthorized, get(), "it has not been renewed")
				}
				write(t, g, path, user)
				require.Eventually(t, func() bool { return get() == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
			}
			require.NoError(t, os.WriteFile(path, []byte("half a"), 0o600))
			require.Equal(t, http.StatusOK, get(), "what is not refused is not read")
			g.let("nobody")
			require.Equal(t, http.StatusUnauthorized, get())
		})
	}
}
