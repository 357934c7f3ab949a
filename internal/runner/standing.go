package runner

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Standing makes metrics of how a process stands, when it is scraped: of mass
// guards and of what cannot be read. The caller registers it.
type Standing struct {
	status          func() *Status
	guards, failing *prometheus.Desc
}

var _ prometheus.Collector = (*Standing)(nil)

// NewStanding makes a collector; a nil status has no metrics.
func NewStanding(status func() *Status) *Standing {
	return &Standing{
		status: status,
		guards: prometheus.NewDesc("scaler_mass_guard_tripped",
			"1 while no signal of the provider may lower, because too many failed at once.", []string{"provider"}, nil),
		failing: prometheus.NewDesc("scaler_subjects_failing",
			"Subjects whose latest fetch failed, by provider and reason.", []string{"provider", "reason"}, nil),
	}
}

// Describe tells of every metric.
func (s *Standing) Describe(ch chan<- *prometheus.Desc) {
	ch <- s.guards
	ch <- s.failing
}

// Collect makes the metrics as they stand now.
func (s *Standing) Collect(ch chan<- prometheus.Metric) {
	now := s.status()
	if now == nil {
		return
	}
	for _, g := range now.Guards {
		v := 0.0
		if g.Tripped {
			v = 1
		}
		ch <- prometheus.MustNewConstMetric(s.guards, prometheus.GaugeValue, v, g.Provider)
	}
	type failure struct {
		provider string
		reason   signals.Reason
	}
	counts := map[failure]int{}
	for _, subject := range now.Subjects {
		if subject.Last != nil {
			counts[failure{subject.Subject.Provider, subject.Last.Reason}]++
		}
	}
	for f, n := range counts {
		ch <- prometheus.MustNewConstMetric(s.failing, prometheus.GaugeValue, float64(n), f.provider, string(f.reason))
	}
}
