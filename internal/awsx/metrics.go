package awsx

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count the calls that providers make.
type Metrics struct {
	calls     *prometheus.CounterVec
	requested *prometheus.CounterVec
}

// NewMetrics registers them.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		calls: f.NewCounterVec(prometheus.CounterOpts{
			Name: "scaler_aws_calls_total", Help: "Calls sent to AWS, second attempts included, by provider, service and operation.",
		}, []string{"provider", "service", "operation"}),
		requested: f.NewCounterVec(prometheus.CounterOpts{
			Name: "scaler_aws_metrics_requested_total", Help: "Metrics requested by GetMetricData, which CloudWatch bills by, by provider.",
		}, []string{"provider"}),
	}
}

// Observer counts what a provider sends.
func (m *Metrics) Observer(provider string) Observer {
	return func(c Call) {
		m.calls.WithLabelValues(provider, c.Service, c.Operation).Inc()
		if c.Operation == "GetMetricData" {
			m.requested.WithLabelValues(provider).Add(float64(c.Metrics))
		}
	}
}
