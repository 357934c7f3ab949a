package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/runner"
)

// loop is the runner and what feeds it reloads.
func loop() fx.Option {
	return fx.Module("loop", fx.Provide(newRecorder, newRunner), fx.Invoke(startLoop))
}

// newRecorder opens the record. It is written as the run goes, unbuffered.
func newRecorder(lc fx.Lifecycle, o Options) (*runner.Recorder, error) {
	if o.Record == "" {
		return nil, nil //nolint:nilnil // a nil Recorder records nothing
	}
	f, err := openRecord(o.Record)
	if err != nil {
		return nil, startFailed(err)
	}
	lc.Append(fx.Hook{OnStop: func(context.Context) error { return f.Close() }})
	return runner.NewRecorder(f), nil
}

// ErrRecordExists says that the file of a record holds something already.
var ErrRecordExists = errors.New("the file is not empty")

// openRecord opens a file that holds nothing yet. A record that exists is not
// overwritten: it may be of the run that somebody asks about.
func openRecord(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open record: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		err = ErrRecordExists
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open record %s: %w", name, err)
	}
	return f, nil
}

func newRunner(l *loader, b *builder, c *clock.Clock, log *slog.Logger, reg *prometheus.Registry, rec *runner.Recorder) *runner.Runner {
	return runner.New(runner.Settings{
		Clock: c, Log: log, Record: rec, Metrics: runner.NewMetrics(reg),
		MaxConcurrent: int(l.first.Config.Spec.MaxConcurrentPolls),
		Load: func(ctx context.Context) (*runner.Pipeline, error) {
			docs, err := l.load()
			if err != nil {
				return nil, err
			}
			warnOfNextStart(log, l.first.Config.Spec, docs.Config.Spec)
			return b.build(ctx, docs)
		},
	})
}

func startLoop(lc fx.Lifecycle, l *loader, b *builder, r *runner.Runner) error {
	first, err := b.build(context.Background(), l.first)
	if err != nil {
		return startFailed(err)
	}
	background(lc, func(ctx context.Context) { r.Run(ctx, first) })
	background(lc, func(ctx context.Context) { l.watch(ctx, r.Changed) })
	return nil
}
