package cluster

import (
	"context"
	"syscall"
)

// StopAPIServer ends the API server in order and waits for its end, which takes
// seconds. It may be stopped already.
func (c *Cluster) StopAPIServer() { c.processes[APIServer].end(drainTimeout) }

// KillAPIServer ends the API server at once.
func (c *Cluster) KillAPIServer() { c.processes[APIServer].end(0) }

// StartAPIServer starts the API server again, at the same address and with the same
// state, and waits until it is ready.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	p := c.processes[APIServer]
	if err := p.start(ctx); err != nil {
		return err
	}
	return p.await(ctx, c.apiServerReady)
}

// PauseAPIServer lets the API server hang: it accepts connections and never answers.
func (c *Cluster) PauseAPIServer() error { return c.processes[APIServer].signal(syscall.SIGSTOP) }

// ResumeAPIServer lets it go on.
func (c *Cluster) ResumeAPIServer() error { return c.processes[APIServer].signal(syscall.SIGCONT) }
