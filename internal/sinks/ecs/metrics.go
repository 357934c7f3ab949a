package ecs

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

var _ prometheus.Collector = (*Floors)(nil)

type descs struct{ minimum, base, raised, left, condition *prometheus.Desc }

func newDescs() descs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("scaler_ecs_floor_"+name, help, append([]string{"namespace", "policy"}, labels...), nil)
	}
	return descs{
		minimum:   desc("minimum", "Minimum capacity of the service as last seen or set; no sample while it is not registered."),
		base:      desc("base", "Minimum capacity that the scheduled action restores; no sample while it is not known."),
		raised:    desc("raised", "Whether the minimum capacity is raised above its base, or may be."),
		left:      desc("switch_seconds", "Time until the scheduled action restores the base; no sample without one."),
		condition: desc("condition", "1 for the condition that a floor is in, 0 for the others.", "condition"),
	}
}

func newActions() *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "scaler_ecs_floor_actions_total", Help: "Calls that change something, by action and result (ok or failed).",
	}, []string{"action", "result"})
	for _, do := range floor.Dos() {
		c.WithLabelValues(string(do), "ok")
		c.WithLabelValues(string(do), "failed")
	}
	return c
}

func (f *Floors) count(do floor.Do, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	f.actions.WithLabelValues(string(do), result).Inc()
}

// Describe tells of every metric.
func (f *Floors) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.descs.minimum, f.descs.base, f.descs.raised, f.descs.left, f.descs.condition} {
		ch <- d
	}
	f.actions.Describe(ch)
}

// Collect makes the metrics of the floors that somebody keeps now.
func (f *Floors) Collect(ch chan<- prometheus.Metric) {
	now := f.now().Wall
	for _, s := range f.shown() {
		s.collect(f.descs, ch, now)
	}
	f.actions.Collect(ch)
}

func (s shownFloor) collect(d descs, ch chan<- prometheus.Metric, now time.Time) {
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, append([]string{s.id.Namespace, s.id.Name}, labels...)...)
	}
	if s.Registered {
		gauge(d.minimum, float64(s.Min))
	}
	if s.Base != nil {
		gauge(d.base, float64(*s.Base))
	}
	gauge(d.raised, truth(s.Raised))
	if left := s.SwitchAt.Sub(now); !s.SwitchAt.IsZero() && left > 0 {
		gauge(d.left, left.Seconds())
	}
	for _, c := range floor.Conditions() {
		gauge(d.condition, truth(c == s.Condition), string(c))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
