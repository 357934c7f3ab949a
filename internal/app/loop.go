package app

import (
	"bufio"
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

// newRecorder opens the record, which is written out at the end.
func newRecorder(lc fx.Lifecycle, o Options) (*runner.Recorder, error) {
	if o.Record == "" {
		return nil, nil //nolint:nilnil // a nil Recorder records nothing
	}
	f, err := os.OpenFile(o.Record, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, startFailed(fmt.Errorf("open record: %w", err))
	}
	buffered := bufio.NewWriterSize(f, 1<<20)
	lc.Append(fx.Hook{OnStop: func(context.Context) error { return errors.Join(buffered.Flush(), f.Close()) }})
	return runner.NewRecorder(buffered), nil
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
			warnOfAddresses(log, l.first.Config.Spec, docs.Config.Spec)
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
