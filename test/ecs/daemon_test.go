//go:build e2e

package ecs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds what is waited for on a busy machine.
const patience = 60 * time.Second

const processDocument = `
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {ops: {listen: "127.0.0.1:0"}}
`

// build builds the program once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "scaler-ecs")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "scaler")
	out, err := exec.Command("go", "build", "-o", program, "github.com/scaler-dev/scaler/cmd/scaler").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return program, nil
})

// output is what a process wrote so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
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

// daemon is a running `scaler run`.
type daemon struct {
	t   *testing.T
	cmd *exec.Cmd
	log *output
	ops string
}

// run runs the program on documents until the test ends.
func run(t *testing.T, documents string) *daemon {
	t.Helper()
	program, err := build()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "scaler.yaml")
	require.NoError(t, os.WriteFile(file, []byte(processDocument+documents), 0o600))
	d := &daemon{t: t, cmd: exec.Command(program, "run", "-f", file), log: &output{}}
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	require.NoError(t, d.cmd.Start())
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Log(d.log)
		}
	})
	ops := regexp.MustCompile(`"ops":"([^"]+)"`)
	require.Eventually(t, func() bool { return ops.MatchString(d.log.String()) }, patience, 50*time.Millisecond, "serves: %s", d.log)
	d.ops = ops.FindStringSubmatch(d.log.String())[1]
	return d
}

// kill ends it as SIGKILL does: nothing is tidied up.
func (d *daemon) kill() {
	if d.cmd.ProcessState == nil {
		_ = d.cmd.Process.Kill()
		_ = d.cmd.Wait()
	}
}

// decision is what a policy decided last; -1 while that is unknown.
func (d *daemon) decision(policy string) int32 {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(d.ops + "/api/v1/decisions/" + policy)
	if err != nil {
		return -1
	}
	defer resp.Body.Close()
	var got struct{ Desired struct{ Replicas *int32 } }
	if json.NewDecoder(resp.Body).Decode(&got) != nil || got.Desired.Replicas == nil {
		return -1
	}
	return *got.Desired.Replicas
}

// becomes waits until a policy decides a number.
func (d *daemon) becomes(policy string, replicas int32) {
	d.t.Helper()
	require.Eventually(d.t, func() bool { return d.decision(policy) == replicas }, patience, 100*time.Millisecond, "%s becomes %d: %s", policy, replicas, d.log)
}

func awsProvider(name, url string) string {
	return fmt.Sprintf(`
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: %s}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
`, name, url)
}
