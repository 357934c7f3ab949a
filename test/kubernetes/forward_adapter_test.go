//go:build e2e

package kubernetes_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/test/cluster"
)

// adapterProgram builds the adapter: it serves my-external-metric as 42 with the label
// foo=bar and 43 with foo=baz, and other-external-metric as 44.
var adapterProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "adapter-e2e")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "adapter")
	cmd := exec.Command("go", "build", "-o", file, ".")
	cmd.Dir = "adapter"
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

// adapterName is what the adapter's certificate is for, and where Scaler finds it.
const adapterName = "adapter.legacy.svc"

// adapter is another adapter's process, which can be ended and started again.
type adapter struct {
	t    *testing.T
	args []string
	ca   []byte
	host string
	port string
	cmd  *exec.Cmd
	log  output
	done chan struct{}
}

// newAdapter starts one behind the Service legacy/adapter.
func newAdapter(t *testing.T, c *cluster.Cluster) *adapter {
	t.Helper()
	_, err := adapterProgram()
	require.NoError(t, err)
	address, err := cluster.HostIP()
	require.NoError(t, err)
	a := &adapter{t: t, host: address.String()}
	a.port = freePorts(t, a.host, 1)[0]
	cert, key := a.certificate()
	a.args = []string{
		"--bind-address=" + a.host, "--secure-port=" + a.port, "--tls-cert-file=" + cert, "--tls-private-key-file=" + key,
		"--lister-kubeconfig=" + c.Kubeconfig, "--authentication-kubeconfig=" + c.Kubeconfig, "--authorization-kubeconfig=" + c.Kubeconfig,
	}
	require.NoError(t, c.SetEndpoints(t.Context(), "legacy", "adapter", netip.MustParseAddrPort(net.JoinHostPort(a.host, a.port))))
	a.start()
	t.Cleanup(func() {
		a.kill()
		if t.Failed() {
			t.Logf("log of the adapter:\n%s", tail(a.log.String(), 30))
		}
	})
	return a
}

// certificate writes one that vouches for itself.
func (a *adapter) certificate() (certFile, keyFile string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: adapterName}, DNSNames: []string{adapterName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(a.t, err)
	a.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a.t, err)
	dir := a.t.TempDir()
	certFile, keyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	require.NoError(a.t, os.WriteFile(certFile, a.ca, 0o600))
	require.NoError(a.t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	return certFile, keyFile
}

// start starts it where it was before.
func (a *adapter) start() {
	a.t.Helper()
	file, err := adapterProgram()
	require.NoError(a.t, err)
	a.cmd, a.done = exec.Command(file, a.args...), make(chan struct{})
	a.cmd.Stdout, a.cmd.Stderr = &a.log, &a.log
	require.NoError(a.t, a.cmd.Start())
	go func(cmd *exec.Cmd, done chan struct{}) {
		defer close(done)
		_ = cmd.Wait()
	}(a.cmd, a.done)
}

func (a *adapter) kill() {
	_ = a.cmd.Process.Kill()
	<-a.done
}

// hang lets it keep its connections, and answer nothing.
func (a *adapter) hang() { require.NoError(a.t, a.cmd.Process.Signal(syscall.SIGSTOP)) }

func (a *adapter) resume() { require.NoError(a.t, a.cmd.Process.Signal(syscall.SIGCONT)) }

// apiService is the cluster's entry that leads to it.
func (a *adapter) apiService() string {
	return fmt.Sprintf(`
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.external.metrics.k8s.io}
spec:
  group: external.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  service: {namespace: legacy, name: adapter, port: 443}
  caBundle: %s
`, base64.StdEncoding.EncodeToString(a.ca))
}

// forward is the configuration of Scaler that takes over from it.
func (a *adapter) forward() string {
	return fmt.Sprintf(", apiService: {force: true}, forward: {service: legacy/adapter, port: %s, caBundle: %q}", a.port, a.ca)
}

// resolved lets a process find the adapter as in a cluster: by a hosts file in a mount
// namespace of its own.
func (a *adapter) resolved() []string {
	a.t.Helper()
	hosts, err := os.ReadFile("/etc/hosts")
	require.NoError(a.t, err)
	file := filepath.Join(a.t.TempDir(), "hosts")
	require.NoError(a.t, os.WriteFile(file, fmt.Appendf(hosts, "\n%s %s\n", a.host, adapterName), 0o644))
	return []string{"unshare", "--mount", "--", "sh", "-ec", `mount --bind "$1" /etc/hosts && shift && exec "$@"`, "sh", file}
}
