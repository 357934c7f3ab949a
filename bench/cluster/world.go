package main

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/test/cluster"
	"github.com/scaler-dev/scaler/test/cluster/audit"
)

// needed are the controllers that run: the HPA controller and what it needs. That of
// Deployments does not, so that their status stays as it was written.
const needed = "horizontal-pod-autoscaler-controller,serviceaccount-controller,root-ca-certificate-publisher-controller,namespace-controller"

// world is a cluster full of HPAs, and what serves them in turn.
type world struct {
	settings

	cluster        *cluster.Cluster
	log            *audit.Log
	source         *httptest.Server
	constant, ours adapter
	dir            string
	last           map[string]time.Time // when each HPA last read
}

// newWorld makes what is there before the first run.
func newWorld(ctx context.Context, s settings, dir string, progress io.Writer) (*world, error) {
	w := &world{settings: s, dir: dir, last: map[string]time.Time{}, source: newSource()}
	if err := w.prepare(ctx, progress); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) prepare(ctx context.Context, progress io.Writer) (err error) {
	fmt.Fprintln(progress, "building the programs")
	if err := w.build(ctx); err != nil {
		return err
	}
	if w.log, err = audit.New(w.dir); err != nil {
		return err
	}
	w.cluster, err = cluster.New(ctx, cluster.Options{
		AggregatorRouting: true, HPASyncPeriod: w.sync, KubeAPIQPS: w.qps, KubeAPIBurst: w.burst,
		Flags: map[string][]string{
			cluster.APIServer:         w.log.Flags(),
			cluster.ControllerManager: {"--controllers=" + needed},
		},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "creating %d Deployments and HPAs\n", w.n)
	began := time.Now()
	if err := w.fill(ctx); err != nil {
		return fmt.Errorf("%w\nthe end of the log of etcd:\n%s\nthe end of that of the API server:\n%s",
			err, w.cluster.Tail(cluster.Etcd), w.cluster.Tail(cluster.APIServer))
	}
	fmt.Fprintf(progress, "created in %.0f s\n", time.Since(began).Seconds())
	return w.writeDocuments()
}

func (w *world) close() {
	w.source.Close()
	if w.cluster != nil {
		w.cluster.Stop()
	}
}

// build builds Scaler and the bare library, which is a module of its own.
func (w *world) build(ctx context.Context) error {
	root, err := goCommand(ctx, "", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	root = strings.TrimSpace(root)
	w.ours = adapter{name: "scaler", program: filepath.Join(w.dir, "scaler"), arguments: ours}
	w.constant = adapter{name: "constant", program: filepath.Join(w.dir, "constant"), arguments: library, insecure: true}
	for dir, what := range map[string][2]string{
		root: {w.ours.program, "./cmd/scaler"},
		filepath.Join(root, "bench/cluster/library"): {w.constant.program, "."},
	} {
		if _, err := goCommand(ctx, dir, "build", "-o", what[0], what[1]); err != nil {
			return err
		}
	}
	return nil
}

func goCommand(ctx context.Context, dir string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = dir
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", strings.Join(arguments, " "), err, said.String())
	}
	return string(out), nil
}

// writeDocuments writes what Scaler runs with. Each policy has a signal of its own,
// which moves and always means one replica.
func (w *world) writeDocuments() error {
	var b strings.Builder
	fmt.Fprintf(&b, `
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec:
  ops: {listen: "127.0.0.1:0"}
  kubernetes: {namespace: scaler, kubeconfig: %q}
  externalMetrics: {listen: "${env:API_ADDRESS}", service: scaler, certificate: {selfManaged: {secret: scaler-serving}}}
  highAvailability: {listen: "${env:PEER_ADDRESS}", advertise: "${env:HOST}"}
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: source}
spec: {http: {url: %q}}
---
`, w.cluster.Kubeconfig, w.source.URL)
	for i := range w.n {
		fmt.Fprintf(&b, `
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: %s, namespace: %s}
spec:
  workload: {deployment: {name: %[1]s}}
  replicas: {min: 1, max: 10}
  signals: [{name: load, provider: source, kind: Total, interval: 15s, http: {path: /%[1]s, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: load, amount: 10}}]
---
`, nameOf(i), namespaceOf(i))
	}
	return os.WriteFile(w.documents(), []byte(b.String()), 0o600)
}

func (w *world) documents() string { return filepath.Join(w.dir, "scaler.yaml") }
