// Package testprom starts a real Prometheus server for tests, and targets that it
// scrapes once a second.
package testprom

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ScrapeInterval is how often targets are scraped.
const ScrapeInterval = time.Second

const startTimeout = 20 * time.Second

// Server is a running Prometheus server. It ends with its test.
type Server struct {
	// URL is the server's base.
	URL string

	process *exec.Cmd
	output  bytes.Buffer
}

// Start starts a server that scrapes the targets, and waits until it is ready.
// The test is skipped where prometheus is not installed, but fails with CI set.
func Start(t testing.TB, targets ...*Target) *Server {
	t.Helper()
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("prometheus is not on PATH: apt-get install prometheus")
		}
		t.Skip("prometheus is not on PATH: apt-get install prometheus")
	}
	dir, address := t.TempDir(), freeAddress(t)
	config := filepath.Join(dir, "prometheus.yml")
	require.NoError(t, os.WriteFile(config, configOf(targets), 0o600))
	s := &Server{URL: "http://" + address}
	s.process = exec.Command(binary, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	require.NoError(t, s.process.Start())
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", s.output.String())
		}
	})
	require.Eventually(t, s.ready, startTimeout, 50*time.Millisecond, "prometheus does not get ready")
	return s
}

// Stop kills the server and waits for its end. It may be called twice.
func (s *Server) Stop() {
	if s.process.ProcessState == nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
	}
}

func (s *Server) ready() bool {
	c := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Get(s.URL + "/-/ready")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func configOf(targets []*Target) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "global: {scrape_interval: %s, scrape_timeout: %s}\n", ScrapeInterval, ScrapeInterval)
	b.WriteString("scrape_configs:\n- job_name: test\n  static_configs:\n  - targets: [")
	for i, target := range targets {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", target.Address)
	}
	b.WriteString("]\n")
	return b.Bytes()
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
