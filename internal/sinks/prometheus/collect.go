package prometheus

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

type descs struct {
	desired, known, age, changes        *prometheus.Desc
	signalValue, signalAge, signalState *prometheus.Desc
	proposalReplicas                    *prometheus.Desc
}

func newDescs() descs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("scaler_"+name, help, append([]string{"namespace", "policy"}, labels...), nil)
	}
	return descs{
		desired:          desc("decision_desired", "Desired replicas; no sample while they are unknown or expired."),
		known:            desc("decision_known", "Whether the desired replicas are known and not expired."),
		age:              desc("decision_age_seconds", "Time since the latest decision was made."),
		changes:          desc("decision_changes_total", "How often the desired replicas changed, from one known number to another.", "direction"),
		signalValue:      desc("signal_value", "Value of a signal; no sample while it has none.", "signal"),
		signalAge:        desc("signal_age_seconds", "Age of a signal's newest valid sample; no sample if there was none.", "signal"),
		signalState:      desc("signal_state", "1 for the state that a signal is in, 0 for the others.", "signal", "state"),
		proposalReplicas: desc("proposal_replicas", "Replicas that a demand proposes; no sample while it abstains or is unknown.", "demand"),
	}
}

func (d *descs) all() []*prometheus.Desc {
	return []*prometheus.Desc{d.desired, d.known, d.age, d.changes, d.signalValue, d.signalAge, d.signalState, d.proposalReplicas}
}

// collector makes the metrics of one decision at an instant.
type collector struct {
	descs *descs
	ch    chan<- prometheus.Metric
	d     *policy.Decision
	now   time.Duration
}

func (c collector) decision(n changes) {
	desired, known := c.d.Desired.Replicas()
	known = known && c.now < c.d.Expires
	if known {
		c.gauge(c.descs.desired, float64(desired))
	}
	if !c.d.Relayed() { // else it would look like a trouble
		c.gauge(c.descs.known, truth(known))
	}
	c.gauge(c.descs.age, c.since().Seconds())
	c.send(c.descs.changes, prometheus.CounterValue, float64(n.up), "up")
	c.send(c.descs.changes, prometheus.CounterValue, float64(n.down), "down")
}

func (c collector) signals() {
	for i := range c.d.Signals {
		r := &c.d.Signals[i]
		state := r.State
		if r.Value != nil {
			if c.now < r.Expires {
				c.gauge(c.descs.signalValue, *r.Value, r.Name)
			} else {
				state = signals.StateExpired
			}
		}
		// A reading without a value says by its age alone whether a sample was seen.
		if r.Value != nil || r.Age > 0 {
			c.gauge(c.descs.signalAge, (r.Age + c.since()).Seconds(), r.Name)
		}
		for _, s := range signals.States() {
			c.gauge(c.descs.signalState, truth(s == state), r.Name, string(s))
		}
	}
}

func (c collector) proposals() {
	for i := range c.d.Proposals {
		p := &c.d.Proposals[i]
		standsOnData := !p.DataAt.IsZero()
		if p.State == policy.Proposed && (!standsOnData || c.now < p.Expires) {
			c.gauge(c.descs.proposalReplicas, float64(p.Replicas), p.Demand)
		}
	}
}

// since is the time since the decision.
func (c collector) since() time.Duration { return max(0, c.now-c.d.At.Mono) }

func (c collector) gauge(d *prometheus.Desc, v float64, labels ...string) {
	c.send(d, prometheus.GaugeValue, v, labels...)
}

func (c collector) send(d *prometheus.Desc, t prometheus.ValueType, v float64, labels ...string) {
	m, err := prometheus.NewConstMetric(d, t, v, append([]string{c.d.Policy.Namespace, c.d.Policy.Name}, labels...)...)
	if err != nil {
		m = prometheus.NewInvalidMetric(d, err)
	}
	c.ch <- m
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
