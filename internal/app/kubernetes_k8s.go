//go:build !nok8s

package app

import (
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/sinks"
	"github.com/scaler-dev/scaler/internal/sinks/externalmetrics"
	"github.com/scaler-dev/scaler/internal/workload"
	"github.com/scaler-dev/scaler/internal/workload/kubernetes"
)

// All that the process has of Kubernetes stands in files with this build tag;
// kubernetes_nok8s.go stands for them in a build without.

// Unsupported tells what documents ask for that this build does not have: nothing.
func Unsupported(*config.Documents) error { return nil }

// LogLibraries sends what Kubernetes' libraries log, from warnings up, to w, but no
// more than a few records a minute from one place. It is for the whole process: call it
// once, before Run.
func LogLibraries(w io.Writer) {
	klog.SetSlogLogger(slog.New(newSeldom(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))))
}

// libraryMetrics are those of Go, of the process and of the API server's library,
// which registers all of them.
func libraryMetrics() prometheus.Gatherer { return chosen(legacyregistry.DefaultGatherer) }

// board is what external metrics are served from.
type board = externalmetrics.Board

func newBoard(mono func() time.Duration) *board { return externalmetrics.NewBoard(mono) }

func boardSink(b *board, names map[policy.ID]string) sinks.Sink {
	return externalmetrics.NewSink(b, names)
}

func (s shards) boards() []*board {
	out := make([]*board, len(s))
	for i := range s {
		out[i] = s[i].board
	}
	return out
}

// watch is what is watched of a cluster's workloads.
type watch = kubernetes.Watch

func watchedSource(w *watch, all []compile.Workload) workload.Source {
	watched := make([]kubernetes.Workload, 0, len(all))
	for _, w := range all {
		watched = append(watched, kubernetes.Workload{ID: w.ID, Namespace: w.Namespace, Spec: w.Spec})
	}
	return w.Source(watched)
}

// newExternalMetrics makes the external metrics API's server; nil if it is off.
func newExternalMetrics(o Options, l *loader, s shards, c *cluster, beats *pulse, log *slog.Logger, reg *prometheus.Registry, lc fx.Lifecycle) (metricsAPI, error) {
	if !servesExternalMetrics(o, l) {
		return nil, nil //nolint:nilnil // off
	}
	spec := l.first.Config.Spec.ExternalMetrics
	listener, err := listen("the external metrics API", spec.Listen)
	if err != nil {
		return nil, err
	}
	settings := externalmetrics.Settings{Listener: listener, Logger: log, Asleep: func() bool { return beats.ready() != nil }, DrainFor: spec.DrainFor.Duration}
	if watched := c.certificate(spec, lc, log); watched != nil {
		settings.Certificate = watched
		c.showExpiry(reg)
	}
	if spec.Authentication == v1alpha1.AuthenticationCluster {
		settings.Access = &externalmetrics.Access{Cluster: c.config}
		if err := c.stewardOf(spec, log); err != nil {
			return nil, startFailed(err)
		}
	}
	var server *externalmetrics.Server
	if spec.Forward != nil {
		f, err := c.forwarder(*spec.Forward, func(namespace, metric string) bool { return server.Knows(namespace, metric) }, log, reg)
		if err != nil {
			return nil, startFailed(err)
		}
		settings.Forward = f.Wrap
		background(lc, f.Run)
	}
	if server, err = externalmetrics.NewServer(settings, s.boards()...); err != nil {
		return nil, startFailed(err)
	}
	return server, nil
}
