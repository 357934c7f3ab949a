// Package demo shows Scaler at work without a cloud or a cluster: generated
// traffic feeds a model of a queue, the real daemon reads the queue over HTTP and
// serves its decision in the external metrics API, and the model's replicas follow
// that.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/runner"
)

const (
	lookEvery = 100 * time.Millisecond // for changes of the decision
	rowEvery  = time.Second

	queueTimeout = 2 * time.Second
)

// Endpoints are where a daemon serves, as URLs, and how it stands.
type Endpoints struct {
	Ops, ExternalMetrics string
	// CA is the certificate, as PEM, that a client of ExternalMetrics trusts.
	CA     []byte
	Status func() *runner.Status
}

// Daemon runs Scaler on documents until the context ends. It calls onReady once,
// when it serves.
type Daemon func(ctx context.Context, documents []byte, onReady func(Endpoints)) error

// Settings are what the host gives a demo.
type Settings struct {
	Daemon Daemon
	Out    io.Writer
	// For ends the demo; 0: its context does.
	For time.Duration
	// Seed of the traffic: equal seeds give equal traffic.
	Seed uint64
	// Program is how this program is called, in the commands to try.
	Program string
	// Text is how lines look.
	Text explain.Options
}

// Run shows the demo until its time is over or the context ends; neither is an
// error.
func Run(ctx context.Context, s Settings) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the demo's queue: %w", err)
	}
	docs, err := documents(addresses{
		Queue: "http://" + l.Addr().String(), Ops: freeAddress(ctx, "127.0.0.1:8080"), ExternalMetrics: freeAddress(ctx, "127.0.0.1:6443"),
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := newWorld(s.Seed)
	ready := make(chan Endpoints, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveQueue(ctx, l, w) })
	g.Go(func() error {
		return s.Daemon(ctx, docs, func(e Endpoints) { ready <- e })
	})
	g.Go(func() error {
		defer cancel()
		select {
		case <-ctx.Done():
			return nil
		case e := <-ready:
			return show(ctx, s, w, e)
		}
	})
	return g.Wait()
}

// show runs the world from when the daemon serves to the end, and tells of it.
func show(ctx context.Context, s Settings, w *world, e Endpoints) error {
	caFile, remove, err := writeCA(e.CA)
	if err != nil {
		return err
	}
	defer remove()
	f, err := newFollower(e.ExternalMetrics, e.CA, w.order)
	if err != nil {
		return err
	}
	if s.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.For)
		defer cancel()
	}
	out := &printer{w: s.Out}
	out.print(intro(s, e, caFile))
	v := &viewer{out: out, text: s.Text, world: w, status: e.Status}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.run(ctx) })
	g.Go(func() error { return f.run(ctx) })
	g.Go(func() error { return v.run(ctx) })
	if err := g.Wait(); err != nil {
		return err
	}
	out.print(summary(&v.history, w.look(), s.Text.ASCII))
	return out.err
}

// printer writes until it first fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) print(text string) {
	if p.err != nil {
		return
	}
	if _, err := io.WriteString(p.w, text); err != nil {
		p.err = fmt.Errorf("print: %w", err)
	}
}

// writeCA keeps the certificate for curl, in a directory that remove removes.
func writeCA(ca []byte) (file string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "scaler-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make a directory for the certificate: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) } // a leftover harms nobody
	file = filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		remove()
		return "", nil, fmt.Errorf("write the certificate: %w", err)
	}
	return file, remove, nil
}

func serveQueue(ctx context.Context, l net.Listener, w *world) error {
	server := &http.Server{Handler: w, ReadHeaderTimeout: queueTimeout, WriteTimeout: queueTimeout}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // the error is of a listener that is closed anyway
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the demo's queue: %w", err)
	}
	return nil
}

// freeAddress is the usual address, which is easy to remember, or, where that is
// taken, one with any free port.
func freeAddress(ctx context.Context, usual string) string {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", usual)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // only whether it is free was asked
	return usual
}
