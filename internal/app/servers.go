package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/console"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
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

// metricsAPI is the external metrics API's server; nil: it is off.
type metricsAPI interface {
	// Ready tells why it cannot be asked yet.
	Ready() error
	Run(ctx context.Context) error
	Addr() net.Addr
	CABundle() []byte
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
	Metrics   metricsAPI
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
		Gatherer: prometheus.Gatherers{p.Registry, libraryMetrics()},
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
