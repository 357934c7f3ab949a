package daemon_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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

// build builds the program once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "scaler-test")
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

// TestSIGTERMEndsWithin10s ends the program while a source hangs.
func TestSIGTERMEndsWithin10s(t *testing.T) {
	t.Parallel()
	program, err := build()
	require.NoError(t, err)
	release := make(chan struct{})
	hung := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		hung <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	file := filepath.Join(t.TempDir(), "scaler.yaml")
	require.NoError(t, os.WriteFile(file, []byte(processDocument+httpDocument(server.URL)), 0o600))

	var log output
	cmd := exec.Command(program, "run", "-f", file)
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	select {
	case <-hung:
	case <-time.After(patience):
		require.Fail(t, "the source is never asked", log.String())
	}
	began := time.Now()
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		require.NoError(t, err, log.String())
	case <-time.After(10 * time.Second):
		require.Fail(t, "still running 10 s after SIGTERM", log.String())
	}
	t.Logf("ended %s after SIGTERM", time.Since(began).Round(time.Millisecond))
}

// TestReloadOfAFile edits the file of a running program, for worse and for better.
func TestReloadOfAFile(t *testing.T) {
	t.Parallel()
	program, err := build()
	require.NoError(t, err)
	server := httptest.NewServer(asJSON(`{"length": 37}`))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	write := func(document string) {
		// As a ConfigMap is updated: a new directory, and a link that is swapped.
		data, err := os.MkdirTemp(dir, "..data-") //nolint:usetesting // beside the link that is swapped
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(data, "scaler.yaml"), []byte(document), 0o600))
		require.NoError(t, os.Symlink(filepath.Base(data), filepath.Join(dir, "..tmp")))
		require.NoError(t, os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")))
	}
	good := processDocument + httpDocument(server.URL)
	write(good)
	require.NoError(t, os.Symlink("..data/scaler.yaml", filepath.Join(dir, "scaler.yaml")))

	var log output
	cmd := exec.Command(program, "run", "-f", dir)
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	ops := regexp.MustCompile(`"ops":"([^"]+)"`)
	require.Eventually(t, func() bool { return ops.MatchString(log.String()) }, patience, 50*time.Millisecond, "serves: %s", &log)
	d := &daemon{t: t}
	d.urls.Ops = ops.FindStringSubmatch(log.String())[1]
	has := func(path, text string) func() bool {
		return func() bool { _, body := d.get(path); return strings.Contains(body, text) }
	}
	require.Eventually(t, has("/api/v1/decisions/shop/orders", "\"desired\": {\n    \"replicas\": 4"), patience, 100*time.Millisecond)

	write(strings.Replace(good, "amount: 10", "amuont: 10", 1))
	require.Eventually(t, has("/metrics", "scaler_config_last_reload_successful 0"), patience, 100*time.Millisecond)
	require.Contains(t, log.String(), "amuont")
	require.Eventually(t, has("/health", "amuont"), patience, 100*time.Millisecond)
	require.True(t, has("/api/v1/decisions/shop/orders", "\"desired\": {\n    \"replicas\": 4")(), "the last good one keeps running")

	// A file that was emptied, as by a full disk, is no reason to forget anything.
	write("")
	require.Eventually(t, has("/health", "holds no document"), patience, 100*time.Millisecond)
	require.True(t, has("/api/v1/decisions/shop/orders", "\"desired\": {\n    \"replicas\": 4")())

	write(strings.Replace(good, "amount: 10", "amount: 5", 1))
	require.Eventually(t, has("/api/v1/decisions/shop/orders", "\"desired\": {\n    \"replicas\": 8"), patience, 100*time.Millisecond)
	require.True(t, has("/metrics", "scaler_config_last_reload_successful 1")())
}
