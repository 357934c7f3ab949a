// Package history fetches past traffic from the providers of documents, so that a
// policy can be tried on it: what arrived from outside, and, for people to look at, what
// the replicas of then made of it.
package history

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// Plan is what is fetched for a policy.
type Plan struct {
	// Traffic came from outside: the same whatever policy had run.
	Traffic Column
	// Seen was made by the replicas that ran then.
	Seen []Column
	// Skipped tells of signals that have no past.
	Skipped []string
}

// Column is a series of the past.
type Column struct {
	// Name of the signal, or "replicas".
	Name string
	// What it is, for people.
	What     string
	Provider string

	// Of CloudWatch: the sum of the metrics. Where the sentinel has a datapoint above a
	// level, a metric without one is 0.
	metrics  []v1alpha1.CloudWatchSignal
	sentinel *v1alpha1.CloudWatchSignal
	above    float64
	// counts says that the values are of a whole step, and to be divided by its seconds.
	counts bool

	// Of Prometheus.
	prometheus *v1alpha1.PrometheusSignal
	freshFor   v1alpha1.Duration
}

// cloudWatch tells whether a column is of CloudWatch.
func (c *Column) cloudWatch() bool { return len(c.metrics) > 0 }

// Replicas names the column of how many there were.
const Replicas = "replicas"

// NewPlan plans what to fetch. Traffic and replicas name signals of the policy; where
// traffic is empty it is the signal that the Replay document, which may be nil, binds to
// arrivals, or else the only one that tells what arrives. The error tells why a signal
// is no traffic and what to name in its place.
func NewPlan(p *v1alpha1.ScalingPolicy, r *v1alpha1.Replay, traffic, replicas string) (Plan, error) {
	for _, name := range []string{traffic, replicas} {
		if name != "" && !slices.ContainsFunc(p.Spec.Signals, func(s v1alpha1.Signal) bool { return s.Name == name }) {
			return Plan{}, fmt.Errorf("the policy has no signal %q; its signals are %s", name, strings.Join(namesOf(p.Spec.Signals), ", "))
		}
	}
	var out Plan
	var err error
	if out.Traffic, err = trafficOf(p, cmp.Or(traffic, bound(r))); err != nil {
		return Plan{}, err
	}
	for i := range p.Spec.Signals {
		s := &p.Spec.Signals[i]
		c, ok := seen(s)
		switch {
		case !ok:
			out.Skipped = append(out.Skipped, "signal "+s.Name+" has no past to fetch: its source only answers for now")
			continue
		case s.Name == replicas:
			c.Name = Replicas
		case s.Name == out.Traffic.Name && s.SQS == nil && (s.ALB == nil || s.ALB.Metric == v1alpha1.RequestsPerSecond):
			continue // it is the traffic
		}
		out.Seen = append(out.Seen, c)
	}
	if w := p.Spec.Workload; replicas == "" && w != nil && w.ECS != nil {
		out.Seen = append(out.Seen, tasksOf(*w.ECS))
	}
	return out, nil
}

func namesOf(all []v1alpha1.Signal) []string {
	out := make([]string, len(all))
	for i := range all {
		out[i] = all[i].Name
	}
	return out
}

// bound is the signal that a Replay document binds to what arrives.
func bound(r *v1alpha1.Replay) string {
	if r == nil {
		return ""
	}
	var names []string
	for name, quantity := range r.Spec.Bind {
		if quantity == v1alpha1.Arrivals {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// trafficOf is the column of the signal that is named, or of the only one that tells by
// itself what arrives.
func trafficOf(p *v1alpha1.ScalingPolicy, name string) (Column, error) {
	var found []Column
	var refused []error
	for i := range p.Spec.Signals {
		s := &p.Spec.Signals[i]
		if name != "" && s.Name != name {
			continue
		}
		c, sure, err := arrivals(s)
		switch {
		case err != nil:
			refused = append(refused, err)
		case name != "":
			return c, nil
		case !sure:
			refused = append(refused, fmt.Errorf("signal %s could be anything: name it with --traffic if it counts what arrives, whatever replicas run", s.Name))
		case !slices.ContainsFunc(found, func(o Column) bool { return o.What == c.What }):
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var names []string
		for _, c := range found {
			names = append(names, c.Name)
		}
		return Column{}, fmt.Errorf("several signals tell what arrives (%s): name one with --traffic", strings.Join(names, ", "))
	case len(refused) == 0:
		return Column{}, errors.New("the policy has no signal")
	}
	return Column{}, errors.Join(refused...)
}
