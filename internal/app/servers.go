package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/console"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
	"github.com/scaler-dev/scaler/internal/sinks/externalmetrics"
)

// servers are what answers requests.
func servers() fx.Option {
	return fx.Module("servers", fx.Provide(newBeats, newExternalMetrics), fx.Invoke(startServers))
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

func newBeats(c *clock.Clock, s shards, lc fx.Lifecycle) *pulse {
	beats := newPulse(c.Mono, s.Status)
	background(lc, beats.run)
	return beats
}

// newExternalMetrics makes the external metrics API's server; nil if it is off.
func newExternalMetrics(o Options, l *loader, s shards, c *cluster, beats *pulse, log *slog.Logger, reg *prometheus.Registry, lc fx.Lifecycle) (*externalmetrics.Server, error) {
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
	server, err = externalmetrics.NewServer(settings, s.boards()...)
	return server, startFailed(err)
}

type serverParts struct {
	fx.In

	Lifecycle fx.Lifecycle
	Options   Options
	Loader    *loader
	Clock     *clock.Clock
	Log       *slog.Logger
	Registry  *prometheus.Registry
	Shards    shards
	Cluster   *cluster
	Floors    *ecssink.Floors
	Beats     *pulse
	Metrics   *externalmetrics.Server
	Failures  failures
}

func startServers(p serverParts) error {
	ops, err := listen("the ops server", p.Loader.first.Config.Spec.Ops.Listen)
	if err != nil {
		return err
	}
	settings := console.Settings{
		Troubles: func() []string { return append(p.Cluster.troubles(), p.Floors.Troubles()...) },
		Status:   p.Shards.Status, Lift: p.Shards.Lift, Mono: p.Clock.Mono, Log: p.Log,
		Follows:  func() bool { return p.Shards.leads() == 0 && p.Loader.first.Config.Spec.HighAvailability != nil },
		Gatherer: prometheus.Gatherers{p.Registry, chosen(legacyregistry.DefaultGatherer)},
	}
	if p.Metrics != nil {
		settings.Ready = func() error { return cmp.Or(p.Metrics.Ready(), p.Beats.ready()) }
	}
	handler := console.New(settings)
	background(p.Lifecycle, func(ctx context.Context) {
		p.Failures.report("serve ops", console.Serve(ctx, ops, handler, p.Log))
	})
	running := Running{Ops: "http://" + ops.Addr().String(), Status: p.Shards.Status}
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
