package testprom

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"
)

// The names of what a target exposes.
const (
	Gauge     = "test_value"
	Counter   = "test_requests_total"
	Histogram = "test_latency_seconds"
)

// Target is a scrape target of one gauge, one counter and one histogram, all
// without labels. It ends with its test.
type Target struct {
	// Address is host:port, the same after a restart.
	Address string

	handler   http.Handler
	server    *http.Server
	served    chan struct{}
	gauge     prometheus.Gauge
	counter   prometheus.Counter
	histogram prometheus.Histogram
}

// NewTarget starts a target whose gauge has this value.
func NewTarget(t testing.TB, value float64) *Target {
	t.Helper()
	registry := prometheus.NewRegistry()
	x := &Target{
		Address:   "127.0.0.1:0",
		handler:   promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		gauge:     prometheus.NewGauge(prometheus.GaugeOpts{Name: Gauge, Help: "A value."}),
		counter:   prometheus.NewCounter(prometheus.CounterOpts{Name: Counter, Help: "Requests."}),
		histogram: prometheus.NewHistogram(prometheus.HistogramOpts{Name: Histogram, Help: "Latency."}),
	}
	registry.MustRegister(x.gauge, x.counter, x.histogram)
	x.Set(value)
	x.Restart(t)
	t.Cleanup(x.Stop)
	return x
}

// Set changes the gauge.
func (x *Target) Set(value float64) { x.gauge.Set(value) }

// Add counts requests.
func (x *Target) Add(requests float64) { x.counter.Add(requests) }

// Observe puts a latency into the histogram.
func (x *Target) Observe(latency time.Duration) { x.histogram.Observe(latency.Seconds()) }

// Stop refuses further scrapes. It may be called twice.
func (x *Target) Stop() {
	if x.server == nil {
		return
	}
	_ = x.server.Close()
	<-x.served
	x.server = nil
}

// Restart answers scrapes again, at the same address.
func (x *Target) Restart(t testing.TB) {
	t.Helper()
	x.Stop()
	l, err := net.Listen("tcp", x.Address)
	require.NoError(t, err)
	x.Address = l.Addr().String()
	x.server = &http.Server{Handler: x.handler, ReadHeaderTimeout: time.Second}
	x.served = make(chan struct{})
	go func(server *http.Server, served chan struct{}) {
		defer close(served)
		_ = server.Serve(l)
	}(x.server, x.served)
}
