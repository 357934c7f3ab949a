//go:build e2e

package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/scaler-dev/scaler/test/cluster"
)

// chartValues are what the test installs: one replica, so that its ports are free,
// and a policy that reads a server of the test.
const chartValues = `
replicas: 1
config:
  providers:
    - metadata: {name: shop}
      spec: {http: {url: "%s"}}
  policies:
    - metadata: {name: orders, namespace: shop}
      spec:
        workload: {deployment: {name: orders}}
        replicas: {min: 1, max: 50}
        signals: [{name: backlog, provider: shop, kind: Total, interval: 2s, http: {path: /backlog, value: body.length}}]
        demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
`

// restricted has the cluster itself refuse pods that are not.
const restricted = `
apiVersion: v1
kind: Namespace
metadata: {name: scaler, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec: {containers: [{name: orders, image: orders}]}
---
`

// TestTheChart applies the chart's objects to the cluster, and runs Scaler with the
// arguments, the environment and the service account of its pod.
func TestTheChart(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a pod's files are laid out in a mount namespace, which takes root")
	}
	c := cluster.Start(t, cluster.Options{AggregatorRouting: true})
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"length": 37}`)
	}))
	t.Cleanup(source.Close)
	rendered := render(t, fmt.Sprintf(chartValues, source.URL))
	require.NoError(t, c.Apply(t.Context(), []byte(restricted)))
	require.NoError(t, c.Apply(t.Context(), rendered))
	eventually(t, time.Minute, "the cluster admits the pod", func() bool {
		pods, err := c.Client().CoreV1().Pods("scaler").List(t.Context(), metav1.ListOptions{})
		return err == nil && len(pods.Items) == 1
	})

	deployment, files := podOf(t, rendered)
	address, err := cluster.HostIP()
	require.NoError(t, err)
	p := runPod(t, c, deployment, files, address.String())
	lead(t, c, address.String())
	require.NoError(t, c.WaitAPIService(t.Context(), "v1beta1.external.metrics.k8s.io"))
	eventually(t, time.Minute, "the metric is served", func() bool {
		got, err := metric(t.Context(), c, "shop", "orders")
		return err == nil && strings.Contains(got, `"value":"4"`)
	})
	eventually(t, 2*time.Minute, "the state is saved", func() bool {
		_, err := c.Client().CoreV1().ConfigMaps("scaler").Get(t.Context(), "scaler-state-0-0", metav1.GetOptions{})
		return err == nil
	})
	for _, name := range []string{"scaler-serving", "scaler-peers"} {
		_, err := c.Client().CoreV1().Secrets("scaler").Get(t.Context(), name, metav1.GetOptions{})
		require.NoError(t, err)
	}
	raw := p.ops(t, "/api/v1/decisions/shop/orders")
	require.Contains(t, raw, `"ordered": 2`, "it sees the Deployment")
	eventually(t, time.Minute, "all is well", func() bool { return strings.Contains(p.ops(t, "/health"), `"status": "ok"`) })
	require.NotContains(t, p.log.String(), "not allowed by RBAC")
	require.NotContains(t, p.log.String(), "forbidden")
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		require.Fail(t, "still running after the pod's grace period")
	}
	require.True(t, p.cmd.ProcessState.Success(), p.log.String())
}

// render renders the chart as helm would.
func render(t *testing.T, values string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(file, []byte(values), 0o600))
	cmd := exec.Command("go", "run", "./cmd/template", "-f", file, "-release", "scaler", "-namespace", "scaler")
	cmd.Dir = filepath.Join("..", "chart")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, problems.String())
	return out
}

// podOf finds the Deployment among objects, and the files that its ConfigMap mounts.
func podOf(t *testing.T, objects []byte) (*appsv1.Deployment, map[string]string) {
	t.Helper()
	var deployment *appsv1.Deployment
	files := map[string]string{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(objects), 4096)
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		var kind metav1.TypeMeta
		require.NoError(t, json.Unmarshal(raw, &kind))
		switch kind.Kind {
		case "Deployment":
			deployment = &appsv1.Deployment{}
			require.NoError(t, json.Unmarshal(raw, deployment))
		case "ConfigMap":
			var m corev1.ConfigMap
			require.NoError(t, json.Unmarshal(raw, &m))
			maps.Copy(files, m.Data)
		}
	}
	require.NotNil(t, deployment)
	return deployment, files
}

// pod is a process that has what the kubelet would give its container.
type pod struct {
	host string
	cmd  *exec.Cmd
	log  output
	done chan struct{}
}

func runPod(t *testing.T, c *cluster.Cluster, d *appsv1.Deployment, files map[string]string, host string) *pod {
	t.Helper()
	binary, err := program()
	require.NoError(t, err)
	root := t.TempDir()
	lay := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(text), 0o600))
	}
	for name, text := range files {
		lay("etc/scaler/release/"+name, text)
	}
	container := d.Spec.Template.Spec.Containers[0]
	token, err := c.Client().CoreV1().ServiceAccounts("scaler").CreateToken(t.Context(), d.Spec.Template.Spec.ServiceAccountName,
		&authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)
	lay("serviceaccount/token", token.Status.Token)
	lay("serviceaccount/ca.crt", string(authority(t, c)))
	// In a mount namespace of its own, /run holds nothing but the service account.
	args := []string{"--mount", "--", "sh", "-ec", `mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io && cp -r "$1" /run/secrets/kubernetes.io/ && shift && exec "$@"`, "sh", filepath.Join(root, "serviceaccount"), binary}
	for _, arg := range container.Args {
		args = append(args, strings.Replace(arg, "/etc/scaler", filepath.Join(root, "etc/scaler"), 1))
	}
	p := &pod{host: host, cmd: exec.Command("unshare", args...), done: make(chan struct{})}
	server, err := url.Parse(c.URL)
	require.NoError(t, err)
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "KUBERNETES_SERVICE_HOST=" + server.Hostname(), "KUBERNETES_SERVICE_PORT=" + server.Port()}
	fields := map[string]string{"status.podIP": host, "metadata.name": "scaler-0", "metadata.namespace": "scaler"}
	for _, e := range container.Env {
		if e.ValueFrom != nil {
			e.Value = fields[e.ValueFrom.FieldRef.FieldPath]
		}
		p.cmd.Env = append(p.cmd.Env, e.Name+"="+e.Value)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("log of the pod:\n%s", tail(p.log.String(), 60))
		}
	})
	return p
}

func authority(t *testing.T, c *cluster.Cluster) []byte {
	t.Helper()
	config := c.Config()
	if len(config.CAData) > 0 {
		return config.CAData
	}
	raw, err := os.ReadFile(config.CAFile)
	require.NoError(t, err)
	return raw
}

// ops reads the ops server.
func (p *pod) ops(t *testing.T, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.host+":8080"+path, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(raw)
}

// lead gives the chart's Service the endpoint that the kubelet and its controller
// would.
func lead(t *testing.T, c *cluster.Cluster, host string) {
	t.Helper()
	ready := true
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "scaler", Name: "scaler-test", Labels: map[string]string{discoveryv1.LabelServiceName: "scaler"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{host}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}},
		Ports:       []discoveryv1.EndpointPort{{Name: new("api"), Port: new(int32(6443))}},
	}
	_, err := c.Client().DiscoveryV1().EndpointSlices("scaler").Create(t.Context(), slice, metav1.CreateOptions{})
	require.NoError(t, err)
}
