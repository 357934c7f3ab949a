//go:build e2e

package kubernetes_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/test/cluster"
)

// output is what a process wrote so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// program builds the program once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "scaler-e2e")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "scaler")
	out, err := exec.Command("go", "build", "-o", file, "github.com/scaler-dev/scaler/cmd/scaler").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

// replica is one process of Scaler.
type replica struct {
	t    *testing.T
	name string
	host string
	api  string // host:port of the external metrics API
	ops  string
	cmd  *exec.Cmd
	log  output
	done chan struct{}
}

// settings are what a test chooses of the processes' own document. Documents are
// those of the policies and providers.
type settings struct {
	Documents  string
	Kubeconfig string // of Scaler's service account; empty: the administrator's
	Shards     int
	External   string // more of spec.externalMetrics, in YAML flow style: ", key: value"
	Spec       string // more of spec, in YAML lines
	Env        []string
	Wrap       []string // a command that ends by running the one that follows it
}

const processDocument = `
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec:
  ops: {listen: "${env:HOST}:${env:OPS_PORT}"}
  kubernetes: {namespace: scaler, kubeconfig: "${env:SCALER_KUBECONFIG}"}
  externalMetrics: {listen: "${env:HOST}:${env:API_PORT}", service: scaler, certificate: {selfManaged: {secret: scaler-serving}}%s}
  highAvailability: {listen: "${env:HOST}:${env:PEER_PORT}", advertise: "${env:HOST}", shards: %d}
%s
---
`

// startReplica starts a process that runs until the test ends.
func startReplica(t *testing.T, c *cluster.Cluster, name string, s settings) *replica {
	t.Helper()
	file, err := program()
	require.NoError(t, err)
	address, err := cluster.HostIP()
	require.NoError(t, err)
	r := &replica{t: t, name: name, host: address.String(), done: make(chan struct{})}
	ports := freePorts(t, r.host, 3)
	r.api, r.ops = net.JoinHostPort(r.host, ports[0]), net.JoinHostPort(r.host, ports[1])
	documents := filepath.Join(t.TempDir(), "scaler.yaml")
	text := fmt.Sprintf(processDocument, s.External, max(1, s.Shards), s.Spec) + s.Documents
	require.NoError(t, os.WriteFile(documents, []byte(text), 0o600))
	kubeconfig := s.Kubeconfig
	if kubeconfig == "" {
		kubeconfig = c.Kubeconfig
	}
	command := append(slices.Clone(s.Wrap), file, "run", "-f", documents)
	r.cmd = exec.Command(command[0], command[1:]...)
	r.cmd.Env = append(os.Environ(), "HOST="+r.host, "API_PORT="+ports[0], "OPS_PORT="+ports[1], "PEER_PORT="+ports[2], "SCALER_KUBECONFIG="+kubeconfig)
	r.cmd.Env = append(r.cmd.Env, s.Env...)
	r.cmd.Stdout, r.cmd.Stderr = &r.log, &r.log
	require.NoError(t, r.cmd.Start())
	go func() {
		defer close(r.done)
		_ = r.cmd.Wait()
	}()
	t.Cleanup(func() {
		r.kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, tail(r.log.String(), 60))
		}
	})
	return r
}

func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func freePorts(t *testing.T, host string, n int) []string {
	t.Helper()
	var ports []string
	for range n {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
		require.NoError(t, err)
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		require.NoError(t, err)
		ports = append(ports, port)
	}
	return ports
}

// terminate asks the process to end.
func (r *replica) terminate() { _ = r.cmd.Process.Signal(syscall.SIGTERM) }

// kill ends it at once, and waits for that.
func (r *replica) kill() {
	_ = r.cmd.Process.Kill()
	<-r.done
}

// get reads a path of the ops server; the code is 0 if it does not answer.
func (r *replica) get(ctx context.Context, path string) (code int, body string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.ops+path, http.NoBody)
	if err != nil {
		return 0, ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw)
}

// leads tells whether the process leads a shard.
func (r *replica) leads(ctx context.Context, shard int) bool {
	_, body := r.get(ctx, "/metrics")
	return strings.Contains(body, fmt.Sprintf("scaler_leader{shard=\"%d\"} 1", shard))
}

// decided is a decision as a replica tells it.
type decided struct {
	At      struct{ Wall time.Time }
	Desired struct{ Replicas *int64 }
}

// endpoints keeps the Service's endpoints as a cluster does: those of the replicas
// whose readiness probe succeeds.
type endpoints struct {
	mu       sync.Mutex
	replicas []*replica
}

func (e *endpoints) add(r *replica) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.replicas = append(e.replicas, r)
}

func (e *endpoints) all() []*replica {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]*replica(nil), e.replicas...)
}

// run probes every so often until ctx ends.
func (e *endpoints) run(ctx context.Context, t *testing.T, c *cluster.Cluster, every time.Duration) {
	t.Helper()
	var last string
	for ctx.Err() == nil {
		var ready []netip.AddrPort
		for _, r := range e.all() {
			if code, _ := r.get(ctx, "/readyz"); code == http.StatusOK {
				ready = append(ready, netip.MustParseAddrPort(r.api))
			}
		}
		if now := fmt.Sprint(ready); now != last && ctx.Err() == nil {
			if err := c.SetEndpoints(ctx, "scaler", "scaler", ready...); err != nil {
				if ctx.Err() == nil {
					t.Logf("set endpoints: %s", err)
				}
				continue
			}
			last = now
			t.Logf("%s endpoints: %s", time.Now().Format("15:04:05.000"), now)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

// apiService is the cluster's entry; the caBundle comes from Scaler.
const apiService = `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.external.metrics.k8s.io}
spec:
  group: external.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  service: {namespace: scaler, name: scaler, port: 443}
`

const namespaces = `
apiVersion: v1
kind: Namespace
metadata: {name: scaler}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
`

// metric reads an external metric as an HPA does: through the API server.
func metric(ctx context.Context, c *cluster.Cluster, namespace, name string) (string, error) {
	raw, err := c.Client().Discovery().RESTClient().Get().
		AbsPath("/apis/external.metrics.k8s.io/v1beta1/namespaces/" + namespace + "/" + name).DoRaw(ctx)
	return string(raw), err
}

// eventually waits for something that a real cluster does in its own time.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, within, 200*time.Millisecond, what)
}
