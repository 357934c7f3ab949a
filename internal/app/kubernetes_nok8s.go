//go:build nok8s

package app

import (
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/doctor"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/replica"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/sinks"
	"github.com/scaler-dev/scaler/internal/workload"
)

// This build has no Kubernetes. Documents that ask for it are refused when they are
// loaded, so that most of what stands here is never called.

// NoKubernetes is why this build refuses documents.
const NoKubernetes = "this build has no Kubernetes: use the full image"

// Unsupported tells what documents ask for that this build does not have.
func Unsupported(docs *config.Documents) error {
	fault := func(path string) error { return config.Faults{{Path: path, Message: NoKubernetes}} }
	switch s := docs.Config.Spec; {
	case s.Kubernetes != nil:
		return fault("spec.kubernetes of the ScalerConfig")
	case s.ExternalMetrics != nil:
		return fault("spec.externalMetrics of the ScalerConfig")
	case s.HighAvailability != nil:
		return fault("spec.highAvailability of the ScalerConfig")
	}
	for _, p := range docs.Policies {
		if w := p.Spec.Workload; w != nil && (w.Deployment != nil || w.StatefulSet != nil) {
			return fault("spec.workload of policy " + p.Metadata.Namespace + "/" + p.Metadata.Name)
		}
	}
	return nil
}

// LogLibraries has nothing to do: what it is for is not there.
func LogLibraries(io.Writer) {}

// libraryMetrics are those of Go and of the process.
func libraryMetrics() prometheus.Gatherer {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

type board struct{}

func newBoard(func() time.Duration) *board { return nil }

func boardSink(*board, map[policy.ID]string) sinks.Sink { return nil }

func newExternalMetrics() metricsAPI { return nil }

type watch struct{}

func watchedSource(*watch, []compile.Workload) workload.Source { return nil }

func clusterChecks(*config.Documents) []doctor.Check { return nil }

type cluster struct{}

func newCluster() *cluster { return &cluster{} }

func (*cluster) troubles() []string { return nil }

func (*cluster) join(*replica.Settings, *shard, *builder, *slog.Logger) {}

func (*cluster) feeds(*shard) []runner.Feed { return nil }

func (*cluster) until(*shard) func() time.Duration { return nil }
