package v1alpha1

import "slices"

// Relays says that the policy decides nothing and only publishes signals: it has
// neither replicas nor demand, and names signals to publish.
func (p *ScalingPolicySpec) Relays() bool {
	return len(p.Demand) == 0 && p.Replicas == ReplicaRange{} &&
		p.Publish != nil && p.Publish.CloudWatch != nil && len(p.Publish.CloudWatch.Signals) > 0
}

// validateRelay refuses what would have no meaning: all that is about replicas.
func (p *ScalingPolicySpec) validateRelay(s scope) {
	for _, m := range []member{
		{"workload", p.Workload != nil},
		{"combine", p.Combine != ""},
		{"scaleOut", p.ScaleOut != nil},
		{"scaleIn", p.ScaleIn != nil},
		{"failSafe", p.FailSafe != nil},
	} {
		if m.set {
			s.at(m.name).add("goes with replicas and demand, and this policy has neither: it only publishes signals; remove it")
		}
	}
	if p.Publish.ECS != nil {
		s.at("publish").at("ecs").add("acts on a number of replicas, and this policy has neither replicas nor demand; remove it")
	}
	if c := p.Publish.CloudWatch; c != nil && c.Compensate {
		s.at("publish").at("cloudWatch").at("compensate").add("is about a number of replicas, and this policy has neither replicas nor demand; remove it")
	}
	if p.Publish.ExternalMetric != nil {
		s.at("publish").at("externalMetric").add("serves a number of replicas, and this policy has neither replicas nor demand; remove it")
	}
}

// validateSignals checks that the signals to publish exist.
func (c *CloudWatchSink) validateSignals(s scope, refs signalRefs) {
	s.atMost(len(c.Signals), maxSignals)
	seen := distinct{}
	for i, name := range c.Signals {
		t := s.index(i)
		if !t.required(name) {
			continue
		}
		seen.add(t, name)
		if !slices.ContainsFunc(refs, func(g Signal) bool { return g.Name == name }) {
			t.restingOn(refs.names(), func(s scope) { s.addf("no signal is named %s; %s", quote(name), refs.allowed(name)) })
		}
	}
}
