// Package app composes the process with uber-go/fx: the fixed graph of clock, log,
// registry, loop and servers. What the users' documents configure is built by
// plain Go in pipeline.go, so that a reload restarts nothing of the graph.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/runner"
)

const (
	startTimeout = 10 * time.Second
	// stopTimeout bounds the end, besides the time for which requests are answered after
	// readiness has failed.
	stopTimeout = 9 * time.Second
	longestStop = time.Minute // of any document
)

// Options are what the command line decides.
type Options struct {
	// Files or directories of documents; "-" is Stdin.
	Files []string
	Stdin io.Reader
	// Documents are used in place of Files if set; nothing is watched then.
	Documents []config.File
	LookupEnv func(string) (string, bool)

	Stdout io.Writer // decisions, where a document or DryRun asks for them
	Stderr io.Writer // the log
	// DryRun decides and publishes nothing; decisions go to Stdout.
	DryRun bool
	// Record is the file that the ticks are written to; empty: none.
	Record  string
	Version string
	// Ready is called once everything serves.
	Ready func(Running)
}

// Running is a process that serves.
type Running struct {
	Ops             string // the ops server's URL
	ExternalMetrics string // the external metrics API's URL; empty: off
	CABundle        []byte // of the external metrics API
	Status          func() *runner.Status
}

// Run runs until ctx ends, or until a server fails.
func Run(ctx context.Context, o Options) error {
	log := newLog(o.Stderr)
	failed := make(chan error, 1)
	var l *loader
	app := fx.New(
		fx.Supply(o, log, failures(failed)), fx.Populate(&l),
		fx.WithLogger(func() fxevent.Logger { return quietLog{log} }),
		fx.StartTimeout(startTimeout), fx.StopTimeout(longestStop),
		core(), loop(), servers(),
	)
	if err := app.Err(); err != nil {
		return unwrapFx(err)
	}
	start, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := app.Start(start); err != nil {
		return fmt.Errorf("start: %w", unwrapFx(err))
	}
	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
	}
	log.Info("stopping")
	stop, cancelStop := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout+drainFor(l.first.Config.Spec))
	defer cancelStop()
	if err := app.Stop(stop); err != nil {
		return errors.Join(cause, fmt.Errorf("stop: %w", unwrapFx(err)))
	}
	return cause
}

// drainFor is how long requests are answered after readiness has failed.
func drainFor(s v1alpha1.ScalerConfigSpec) time.Duration {
	if s.ExternalMetrics == nil {
		return 0
	}
	return s.ExternalMetrics.DrainFor.Duration
}

// failures is where a part that runs in the background reports that it cannot go
// on. The first ends the process.
type failures chan<- error

func (f failures) report(what string, err error) {
	if err == nil {
		return
	}
	select {
	case f <- fmt.Errorf("%s: %w", what, err):
	default:
	}
}

// background runs a part between the start and the stop of the process, and waits
// for its end.
func background(lc fx.Lifecycle, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	lc.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				defer close(done)
				run(ctx)
			}()
			return nil
		},
		OnStop: func(stop context.Context) error {
			cancel()
			select {
			case <-done:
				return nil
			case <-stop.Done():
				return stop.Err()
			}
		},
	})
}

// together runs tasks until ctx ends, and waits for all of them.
func together(ctx context.Context, tasks []func(context.Context)) {
	var group sync.WaitGroup
	for _, task := range tasks {
		group.Go(func() { task(ctx) })
	}
	group.Wait()
}

// unwrapFx gives the error of ours that fx's account of its graph is about.
func unwrapFx(err error) error {
	if faults, ok := errors.AsType[config.Faults](err); ok {
		return faults
	}
	if ours, ok := errors.AsType[*startError](err); ok {
		return ours.err
	}
	return err
}

// startError marks an error that needs no account of the graph.
type startError struct{ err error }

func (e *startError) Error() string { return e.err.Error() }
func (e *startError) Unwrap() error { return e.err }

func startFailed(err error) error {
	if err == nil {
		return nil
	}
	return &startError{err}
}

// quietLog keeps of fx's events what went wrong.
type quietLog struct{ log *slog.Logger }

// LogEvent implements fxevent.Logger.
func (q quietLog) LogEvent(e fxevent.Event) {
	if s, ok := e.(*fxevent.OnStopExecuted); ok && s.Err != nil {
		q.log.Error("stopping a part went wrong", "part", s.FunctionName, "error", s.Err)
	}
}
