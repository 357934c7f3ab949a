package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/scaler-dev/scaler/internal/runner"
)

// loop is what polls, decides and follows, and what feeds it reloads.
func loop() fx.Option {
	return fx.Module("loop", fx.Provide(newRecorder, newLoopMetrics), fx.Invoke(startShards))
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

func newLoopMetrics(reg *prometheus.Registry) *runner.Metrics { return runner.NewMetrics(reg) }
