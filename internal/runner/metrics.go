package runner

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Metrics are the loop's own.
type Metrics struct {
	fetches    *prometheus.CounterVec
	fetchTime  *prometheus.HistogramVec
	publishes  *prometheus.CounterVec
	recalls    *prometheus.CounterVec
	tickTime   prometheus.Histogram
	overruns   prometheus.Counter
	configHash prometheus.Gauge
	lastReload prometheus.Gauge
	reloadedAt prometheus.Gauge
}

// NewMetrics registers the loop's metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		fetches: f.NewCounterVec(prometheus.CounterOpts{
			Name: "scaler_source_fetch_total", Help: "Fetches ended, by provider and reason; the reason of a good one is ok.",
		}, []string{"provider", "reason"}),
		fetchTime: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "scaler_source_fetch_seconds", Help: "Time of a fetch.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 11), NativeHistogramBucketFactor: 1.1,
		}, []string{"provider"}),
		publishes: f.NewCounterVec(prometheus.CounterOpts{
			Name: "scaler_sink_publish_total", Help: "Publications ended, by sink and result (ok or failed).",
		}, []string{"sink", "result"}),
		recalls: f.NewCounterVec(prometheus.CounterOpts{
			Name: "scaler_source_recall_total", Help: "Last days that were read back from a provider, by result (read, empty, failed, or none: the source only answers for now).",
		}, []string{"provider", "result"}),
		tickTime: f.NewHistogram(prometheus.HistogramOpts{
			Name: "scaler_tick_seconds", Help: "Time of a tick.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9), NativeHistogramBucketFactor: 1.1,
		}),
		overruns: f.NewCounter(prometheus.CounterOpts{
			Name: "scaler_tick_overruns_total", Help: "Ticks that began more than one interval late.",
		}),
		configHash: f.NewGauge(prometheus.GaugeOpts{
			Name: "scaler_config_hash", Help: "The first 48 bits of the hash of the documents that run.",
		}),
		lastReload: f.NewGauge(prometheus.GaugeOpts{
			Name: "scaler_config_last_reload_successful", Help: "Whether the latest reload succeeded.",
		}),
		reloadedAt: f.NewGauge(prometheus.GaugeOpts{
			Name: "scaler_config_last_reload_success_timestamp_seconds", Help: "When documents were last loaded.",
		}),
	}
}

// fetched counts a fetch. All reasons of a provider appear with its first, so that
// rate() sees the first failure.
func (m *Metrics) fetched(provider string, failure *signals.Error, took time.Duration) {
	reason := "ok"
	if failure != nil {
		reason = string(failure.Reason)
	}
	for _, r := range signals.Reasons() {
		m.fetches.WithLabelValues(provider, string(r))
	}
	m.fetches.WithLabelValues(provider, reason).Inc()
	m.fetchTime.WithLabelValues(provider).Observe(took.Seconds())
}

func (m *Metrics) published(sink string, err error) {
	ok, failed := m.publishes.WithLabelValues(sink, "ok"), m.publishes.WithLabelValues(sink, "failed")
	if err != nil {
		failed.Inc()
		return
	}
	ok.Inc()
}

// recalled counts a recall. A failure appears with the first of any result.
func (m *Metrics) recalled(provider string, result RecallState) {
	m.recalls.WithLabelValues(provider, string(RecallFailed))
	m.recalls.WithLabelValues(provider, string(result)).Inc()
}

func (m *Metrics) overrun() { m.overruns.Inc() }

func (m *Metrics) ticked(took time.Duration) { m.tickTime.Observe(took.Seconds()) }

func (m *Metrics) reloaded(c ConfigStatus) {
	if c.LastFailed {
		m.lastReload.Set(0)
		return
	}
	m.lastReload.Set(1)
	m.reloadedAt.Set(float64(c.LoadedAt.Wall.Unix()))
	if len(c.Hash) >= 12 {
		if h, err := strconv.ParseUint(c.Hash[:12], 16, 64); err == nil {
			m.configHash.Set(float64(h))
		}
	}
}
