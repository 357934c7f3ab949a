package testaws

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// Region is where tests take place.
const Region = "us-east-1"

// patience is how long a server may take to start.
const patience = 60 * time.Second

// Env makes the process's environment that of a test: made-up credentials, no
// files, no metadata service, nothing of the developer's own. Where SetEnv did so
// for all tests of a package, which may then run in parallel, it does nothing.
func Env(t testing.TB) {
	t.Helper()
	if os.Getenv(forAll) != "" {
		return
	}
	for key, value := range environ() {
		t.Setenv(key, value)
		if value == "" {
			_ = os.Unsetenv(key) // the aws CLI takes an empty profile for one by that name
		}
	}
}

// SetEnv does what Env does for the whole process. For TestMain.
func SetEnv() {
	for key, value := range environ() {
		_ = os.Setenv(key, value)
		if value == "" {
			_ = os.Unsetenv(key)
		}
	}
	_ = os.Setenv(forAll, "1")
}

const forAll = "SCALER_TEST_AWS_ENV"

func environ() map[string]string {
	none := filepath.Join(os.TempDir(), "scaler-test-none") // does not exist
	return map[string]string{
		"AWS_ACCESS_KEY_ID":               "testing",
		"AWS_SECRET_ACCESS_KEY":           "testing",
		"AWS_SESSION_TOKEN":               "",
		"AWS_REGION":                      Region,
		"AWS_DEFAULT_REGION":              Region,
		"AWS_PROFILE":                     "",
		"AWS_CA_BUNDLE":                   "",
		"AWS_CONFIG_FILE":                 none,
		"AWS_SHARED_CREDENTIALS_FILE":     none,
		"AWS_EC2_METADATA_DISABLED":       "true",
		"AWS_DISABLE_REQUEST_COMPRESSION": "true", // moto answers gzip in JSON with 500
	}
}

// Moto is a moto_server.
type Moto struct {
	URL string

	t    testing.TB
	env  []string
	addr string
	cmd  *exec.Cmd
	done chan struct{}
}

// Start gives the moto_server at AWS_ENDPOINT_URL, or starts one as StartOwn does.
// Others may use it too: take names of your own.
func Start(t testing.TB, env ...string) *Moto {
	t.Helper()
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" && len(env) == 0 {
		Env(t)
		return &Moto{t: t, URL: url}
	}
	return StartOwn(t, env...)
}

// StartOwn starts a moto_server on a free port with more variables in its
// environment, and ends it with the test. Without moto_server the test is skipped,
// or, with CI set, fails.
func StartOwn(t testing.TB, env ...string) *Moto {
	t.Helper()
	Env(t)
	Need(t, "moto_server", "pip install 'moto[server]==5.2.1'")
	addr := freeAddr(t)
	m := &Moto{t: t, URL: "http://" + addr, env: env, addr: addr}
	m.Restart()
	t.Cleanup(m.Stop)
	return m
}

// Need skips a test without a program, or, with CI set, fails it.
func Need(t testing.TB, program, how string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not on PATH: %s", program, how)
	}
	t.Skipf("%s is not on PATH: %s", program, how)
}

// freeAddr is of a port that the system hands out to nobody else, so that a server that
// is stopped for a while finds it free again.
func freeAddr(t testing.TB) string {
	t.Helper()
	const first, ports, tries = 20_000, 10_000, 50
	var err error
	for range tries {
		var l net.Listener
		addr := fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(ports)) //nolint:gosec // no secret
		if l, err = net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal(err)
	return ""
}

// Provider is what a document says of the server.
func (m *Moto) Provider() v1alpha1.AWSProvider {
	return v1alpha1.AWSProvider{Region: Region, EndpointURL: m.URL, Protocol: v1alpha1.ProtocolJSON}
}

// Stop kills the server. What it kept is lost.
func (m *Moto) Stop() {
	if m.cmd == nil {
		return
	}
	_ = m.cmd.Process.Kill()
	<-m.done
	m.cmd = nil
}

// Restart starts the server again on the same port, empty.
func (m *Moto) Restart() {
	m.t.Helper()
	m.Stop()
	host, port, _ := net.SplitHostPort(m.addr)
	// Stop ends it.
	cmd := exec.Command("moto_server", "-H", host, "-p", port)
	cmd.Env = append(os.Environ(), m.env...)
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	done := make(chan struct{})
	m.cmd, m.done = cmd, done
	go func() { defer close(done); _ = cmd.Wait() }()
	m.await()
}

// await returns when the server answers.
func (m *Moto) await() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL+"/moto-api/data.json", nil)
		if err != nil {
			m.t.Fatal(err)
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
			return
		}
		select {
		case <-m.done:
			m.t.Fatal("moto_server ended at its start")
		case <-ctx.Done():
			m.t.Fatal("moto_server does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// CLI runs the aws command against the server and gives what it prints.
func (m *Moto) CLI(t testing.TB, args ...string) string {
	t.Helper()
	Need(t, "aws", "pip install awscli")
	cmd := exec.CommandContext(t.Context(), "aws", append([]string{"--endpoint-url", m.URL, "--output", "json"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}
