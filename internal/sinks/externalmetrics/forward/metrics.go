package forward

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are those of forwarding.
type Metrics struct {
	requests *prometheus.CounterVec
	time     prometheus.Histogram
	open     prometheus.Gauge
}

// NewMetrics registers the metrics of forwarding; with nil they are not shown.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	m := &Metrics{
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "scaler_forward_requests_total", Help: "Requests for metrics that Scaler does not have, by how forwarding them ended.",
		}, []string{"result"}),
		time: f.NewHistogram(prometheus.HistogramOpts{
			Name: "scaler_forward_seconds", Help: "Time of a forwarded request, refused ones included.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 12), NativeHistogramBucketFactor: 1.1,
		}),
		open: f.NewGauge(prometheus.GaugeOpts{
			Name: "scaler_forward_breaker_open", Help: "1 while the adapter does not answer and is not asked but for a try now and then.",
		}),
	}
	for _, r := range results() {
		m.requests.WithLabelValues(string(r))
	}
	return m
}

func (m *Metrics) ended(r result, took time.Duration) {
	m.requests.WithLabelValues(string(r)).Inc()
	m.time.Observe(took.Seconds())
}

func (m *Metrics) breaker(open bool) {
	m.open.Set(0)
	if open {
		m.open.Set(1)
	}
}
