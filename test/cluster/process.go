package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// logTail is how many lines of a log are shown when something fails.
const logTail = 25

// process is one program of the cluster. It can be started again after it ended.
type process struct {
	name, path  string
	arguments   []string
	environment []string
	log         string

	mu      sync.Mutex
	command *exec.Cmd
	ended   chan struct{} // closed when command has ended
}

// start starts the program, which ctx does not end. It appends to its log.
func (p *process) start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.command != nil {
		return fmt.Errorf("start %s: it runs", p.name)
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	command := exec.CommandContext(context.WithoutCancel(ctx), p.path, p.arguments...)
	command.Env = append([]string{"HOME=" + filepath.Dir(p.log)}, p.environment...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = attributes()
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		defer log.Close()
		// The kernel ends the program with the thread that started it, so that none
		// is left behind when the test's process is killed.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		<-ended
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.command, p.ended = command, ended
	return nil
}

// signal sends a signal, if the program runs.
func (p *process) signal(s os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.command == nil {
		return fmt.Errorf("signal %s: %w", p.name, os.ErrProcessDone)
	}
	return p.command.Process.Signal(s)
}

// end stops the program and waits for its end: in order within the grace period,
// by force after it. It may be called twice.
func (p *process) end(grace time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.command == nil {
		return
	}
	if grace > 0 {
		_ = p.command.Process.Signal(syscall.SIGTERM)
		_ = p.command.Process.Signal(syscall.SIGCONT)
		select {
		case <-p.ended:
		case <-time.After(grace):
		}
	}
	_ = p.command.Process.Kill()
	<-p.ended
	p.command = nil
}

// await asks until there is no error, the program ends, or ctx is done.
func (p *process) await(ctx context.Context, ready func(context.Context) error) error {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	err := poll(ctx, func(ctx context.Context) error {
		select {
		case <-ended:
			return permanent{errors.New("it ended")}
		default:
			return ready(ctx)
		}
	})
	if err != nil {
		return fmt.Errorf("wait for %s: %w; the end of its log:\n%s", p.name, err, p.tail())
	}
	return nil
}

// tail returns the last lines of the log.
func (p *process) tail() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	lines = slices.Clone(lines[max(0, len(lines)-logTail):])
	for i, line := range lines {
		lines[i] = line[:min(len(line), 400)]
	}
	return strings.Join(lines, "\n")
}

// permanent is an error that polling cannot cure.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// poll asks until there is no error or ctx is done; the last error is told then.
func poll(ctx context.Context, ask func(context.Context) error) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if _, ok := errors.AsType[permanent](err); ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}
