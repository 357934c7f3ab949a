package app

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/config"
)

// newIdle makes a builder of what is looked at and not run.
func newIdle(o Options, docs *config.Documents) *builder {
	b := &builder{
		o: o, clock: clock.New(), log: slog.New(slog.DiscardHandler), shards: 1,
		providers: newProviders(awsx.NewMetrics(prometheus.NewRegistry())),
	}
	b.providers.use(docs.Providers)
	return b
}
