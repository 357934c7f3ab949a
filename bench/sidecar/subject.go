package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// subject is a program that is measured.
type subject struct {
	name, tags string

	program string
	size    int64 // bytes
	cmd     *exec.Cmd
	log     *os.File
	ops     string
	started time.Time

	worst, last memory
	cpu         time.Duration // since the start of the process
	until       time.Time     // of cpu
	ready       time.Time     // the first look
	atReady     time.Duration // cpu then
	published   int64
}

// build makes the program as a release does.
func (b *subject) build(ctx context.Context, dir string) error {
	b.program = filepath.Join(dir, "scaler-"+b.name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", b.tags, "-ldflags", "-s -w", "-o", b.program, "./cmd/scaler")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the %s program: %w: %s", b.name, err, out)
	}
	info, err := os.Stat(b.program)
	if err != nil {
		return fmt.Errorf("look at the %s program: %w", b.name, err)
	}
	b.size = info.Size()
	return nil
}

// start runs the daemon.
func (b *subject) start(ctx context.Context, dir string, w *world, interval time.Duration) error {
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	b.ops = "http://" + address
	file := filepath.Join(dir, b.name+".yaml")
	if err := os.WriteFile(file, []byte(documents(w, address, interval)), 0o600); err != nil {
		return fmt.Errorf("write the documents: %w", err)
	}
	if b.log, err = os.Create(filepath.Join(dir, b.name+".log")); err != nil {
		return fmt.Errorf("open a log: %w", err)
	}
	b.cmd = exec.Command(b.program, "run", "-f", file) //nolint:noctx // stop ends it
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, w.roots, 0o600); err != nil {
		return fmt.Errorf("write the certificates: %w", err)
	}
	// Nothing of the developer's own.
	b.cmd.Env = []string{
		"SSL_CERT_FILE=" + roots, "SSL_CERT_DIR=/nowhere", "AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_DISABLE_REQUEST_COMPRESSION=true",
	}
	b.cmd.Stderr = b.log
	b.started = time.Now()
	if err := b.cmd.Start(); err != nil {
		return fmt.Errorf("start the %s program: %w", b.name, err)
	}
	return nil
}

func (b *subject) stop() {
	_ = b.cmd.Process.Signal(os.Interrupt) // it may have ended
	_ = b.cmd.Wait()
	_ = b.log.Close()
}

// look notes what the operating system says of the process.
func (b *subject) look() error {
	m, err := readMemory(b.cmd.Process.Pid)
	if err != nil {
		return b.ended(err)
	}
	cpu, err := readCPU(b.cmd.Process.Pid)
	if err != nil {
		return b.ended(err)
	}
	b.last, b.cpu, b.until = m, cpu, time.Now()
	if b.worst.total < m.total {
		b.worst = m
	}
	if b.ready.IsZero() {
		b.ready, b.atReady = b.until, cpu
	}
	return nil
}

func (b *subject) ended(err error) error {
	text, _ := os.ReadFile(b.log.Name())
	return fmt.Errorf("the %s program: %w; its log: %s", b.name, err, text)
}

// check tells whether the daemon did what it was measured at: its signal is fresh,
// and CloudWatch has it.
func (b *subject) check(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.ops+"/health", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return b.ended(err)
	}
	defer resp.Body.Close()
	var health struct {
		Status   string
		Problems []string
		Sinks    []struct {
			Name                string
			Published, Failures int64
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&health); err != nil {
		return fmt.Errorf("read the %s program's health: %w", b.name, err)
	}
	if health.Status != "ok" {
		return b.ended(fmt.Errorf("it is not well: %q", health.Problems))
	}
	for _, s := range health.Sinks {
		if s.Name != "prometheus" {
			b.published += s.Published - s.Failures
		}
	}
	return nil
}

// share is the part of a core that the process had, in percent: from its start, and
// from the first look on.
func (b *subject) share() (whole, steady float64) {
	whole = 100 * b.cpu.Seconds() / b.until.Sub(b.started).Seconds()
	steady = 100 * (b.cpu - b.atReady).Seconds() / max(1, b.until.Sub(b.ready).Seconds())
	return whole, steady
}

func (b *subject) tooMuch(s settings) bool {
	whole, _ := b.share()
	return b.worst.total > s.maxRSS || whole > s.maxCPU
}
