package app

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/config"
)

// core is what everything else stands on.
func core() fx.Option {
	return fx.Module("core", fx.Provide(
		clock.New, newRegistry, newLoader, newShards, newAWSMetrics, newProviders, newFloors, newBuilder, newCluster,
	))
}

func newLog(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }

func newRegistry(o Options) *prometheus.Registry {
	reg := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "scaler_build_info", Help: "Always 1; its labels say which build this is.",
		ConstLabels: prometheus.Labels{"version": o.Version, "goversion": runtime.Version()},
	})
	build.Set(1)
	reg.MustRegister(build) // those of Go and the process are libraryMetrics
	return reg
}

func newAWSMetrics(reg *prometheus.Registry) *awsx.Metrics { return awsx.NewMetrics(reg) }

// loader reads the documents.
type loader struct {
	o     Options
	first *config.Documents
	last  atomic.Pointer[config.Documents] // that loaded without a fault
}

// newLoader reads them once: a process does not start on documents with faults.
func newLoader(o Options) (*loader, error) {
	l := &loader{o: o}
	docs, err := l.load()
	l.first = docs
	l.last.Store(docs)
	return l, startFailed(err)
}

func (l *loader) load() (*config.Documents, error) {
	files := l.o.Documents
	if files == nil {
		var err error
		if files, err = config.ReadFiles(l.o.Files, l.o.Stdin); err != nil {
			return nil, err
		}
	}
	docs, err := config.Load(files, l.o.LookupEnv)
	if err == nil {
		err = Unsupported(docs)
	}
	if err == nil {
		l.last.Store(docs)
	}
	return docs, err
}

// good are the documents as they are now, or, where they have faults, as they were
// when they had none.
func (l *loader) good(log *slog.Logger) *config.Documents {
	docs, err := l.load()
	if err != nil {
		log.Error("documents refused, leading with the last good ones", "error", err)
		return l.last.Load()
	}
	return docs
}

// watch calls changed when the documents may have changed.
func (l *loader) watch(ctx context.Context, changed func()) {
	if l.o.Documents != nil || slices.Contains(l.o.Files, "-") {
		<-ctx.Done() // standard input is read once
		return
	}
	config.Watch(ctx, l.o.Files, l.first.Hash, changed)
}
