//go:build e2e

package replay_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds what is waited for on a busy machine.
const patience = 60 * time.Second

// build builds the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "scaler")
	out, err := exec.Command("go", "build", "-o", program, "github.com/scaler-dev/scaler/cmd/scaler").CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

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

func (o *output) has(text string) func() bool {
	return func() bool { return strings.Contains(o.String(), text) }
}

// daemon is a running `scaler run`.
type daemon struct {
	t   *testing.T
	cmd *exec.Cmd
	log output
}

func start(t *testing.T, program string, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, cmd: exec.Command(program, append([]string{"run"}, args...)...)}
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	require.NoError(t, d.cmd.Start())
	t.Cleanup(func() {
		if d.cmd.ProcessState == nil {
			_ = d.cmd.Process.Kill()
			_ = d.cmd.Wait()
		}
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
	return d
}

// logs waits for a line of the log.
func (d *daemon) logs(text string) {
	d.t.Helper()
	require.Eventually(d.t, d.log.has(text), patience, 100*time.Millisecond, text)
}

// end ends it as an orchestrator does.
func (d *daemon) end() {
	d.t.Helper()
	require.NoError(d.t, d.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(d.t, d.cmd.Wait())
}

// replay runs `scaler replay` to its end.
func replay(t *testing.T, program string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(program, append([]string{"replay"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil {
		require.ErrorAs(t, err, &exit)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}
