package daemon_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// running starts a program and waits until it serves.
func running(t *testing.T, name string, args ...string) (cmd *exec.Cmd, ended chan error, log *output) {
	t.Helper()
	log, ended = &output{}, make(chan error, 1)
	cmd = exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	go func() { ended <- cmd.Wait() }()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), `"msg":"serving"`) }, patience, 50*time.Millisecond, "%s", log)
	return cmd, ended, log
}

// TestAClosedTerminalEndsItWell, unless the hangup is ignored, as under nohup.
func TestAClosedTerminalEndsItWell(t *testing.T) {
	t.Parallel()
	program, err := build()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "scaler.yaml")
	require.NoError(t, os.WriteFile(file, []byte(processDocument+httpDocument("http://127.0.0.1:1")), 0o600))
	ends := func(ended chan error, log *output) {
		select {
		case err := <-ended:
			require.NoError(t, err, log.String())
		case <-time.After(10 * time.Second):
			require.Fail(t, "still running", log.String())
		}
	}

	// A hangup that the test's own process was started to ignore would be ignored by
	// the program too; one that is caught is not inherited.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)

	cmd, ended, log := running(t, program, "run", "-f", file)
	require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
	ends(ended, log)
	require.Contains(t, log.String(), `"msg":"stopping"`)

	cmd, ended, log = running(t, "sh", "-c", `trap "" HUP; exec "$0" run -f "$1"`, program, file)
	require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
	require.Never(t, func() bool { return len(ended) > 0 }, time.Second, 50*time.Millisecond, "the hangup is ignored: %s", log)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	ends(ended, log)
}
