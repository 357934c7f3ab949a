package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/console"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/sinks/externalmetrics"
)

// servers are what answers requests.
func servers() fx.Option {
	return fx.Module("servers", fx.Provide(newExternalMetrics), fx.Invoke(startServers))
}

// listen opens an address at once, so that a taken one ends the start.
func listen(what, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, startFailed(fmt.Errorf("listen for %s: %w", what, err))
	}
	return l, nil
}

// newExternalMetrics makes the external metrics API's server; nil if it is off.
func newExternalMetrics(o Options, l *loader, board *externalmetrics.Board) (*externalmetrics.Server, error) {
	if !servesExternalMetrics(o, l) {
		return nil, nil //nolint:nilnil // off
	}
	spec := l.first.Config.Spec.ExternalMetrics
	if spec.Authentication != v1alpha1.AuthenticationNone {
		return nil, startFailed(errors.New("externalMetrics.authentication: Cluster is not to be had yet; None works on a loopback address"))
	}
	listener, err := listen("the external metrics API", spec.Listen)
	if err != nil {
		return nil, err
	}
	s, err := externalmetrics.NewServer(externalmetrics.Settings{Listener: listener}, board)
	return s, startFailed(err)
}

type serverParts struct {
	fx.In

	Lifecycle fx.Lifecycle
	Options   Options
	Loader    *loader
	Clock     *clock.Clock
	Log       *slog.Logger
	Registry  *prometheus.Registry
	Runner    *runner.Runner
	Metrics   *externalmetrics.Server
	Failures  failures
}

func startServers(p serverParts) error {
	ops, err := listen("the ops server", p.Loader.first.Config.Spec.Ops.Listen)
	if err != nil {
		return err
	}
	settings := console.Settings{
		Status: p.Runner.Status, Lift: p.Runner.Lift, Mono: p.Clock.Mono, Log: p.Log,
		Gatherer: prometheus.Gatherers{p.Registry, chosen(legacyregistry.DefaultGatherer)},
	}
	if p.Metrics != nil {
		settings.Ready = p.Metrics.Ready
	}
	handler := console.New(settings)
	background(p.Lifecycle, func(ctx context.Context) {
		p.Failures.report("serve ops", console.Serve(ctx, ops, handler, p.Log))
	})
	running := Running{Ops: "http://" + ops.Addr().String(), Status: p.Runner.Status}
	if p.Metrics != nil {
		background(p.Lifecycle, func(ctx context.Context) {
			p.Failures.report("serve external metrics", p.Metrics.Run(ctx))
		})
		running.ExternalMetrics = "https://" + p.Metrics.Addr().String()
		running.CABundle = p.Metrics.CABundle()
	}
	p.Lifecycle.Append(fx.Hook{OnStart: func(context.Context) error {
		p.Log.Info("serving", "ops", running.Ops, "external_metrics", cmp.Or(running.ExternalMetrics, "off"),
			"dry_run", p.Options.DryRun, "version", p.Options.Version)
		if p.Options.Ready != nil {
			p.Options.Ready(running)
		}
		return nil
	}})
	return nil
}
