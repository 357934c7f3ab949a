package v1alpha1

import (
	"strings"
	"time"
)

const (
	maxSignals  = 16
	maxDemands  = 16
	maxLimits   = 16
	maxReplicas = 100_000
	maxPercent  = 10_000
)

// Validate returns every fault of a defaulted document, but for what other
// documents and compilers have to say: internal/config asks them.
func (p *ScalingPolicy) Validate() []Fault {
	return collect("", func(s scope) {
		validateType(s, p.TypeMeta, KindScalingPolicy)
		validateMeta(s.at("metadata"), p.Metadata, false)
		p.Spec.validate(s.at("spec"), p.Metadata.Name)
	})
}

func (p *ScalingPolicySpec) validate(s scope, name string) {
	validateSignals(s.at("signals"), p.Signals)
	p.Publish.validate(s.at("publish"), name, p.Signals)
	if p.Relays() {
		p.validateRelay(s)
		return
	}
	if p.Workload != nil {
		p.Workload.validate(s.at("workload"))
	}
	p.Replicas.validate(s.at("replicas"))
	p.validateDemands(s.at("demand"))
	if strings.TrimSpace(p.Combine) == "" {
		s.at("combine").add("is empty; allowed are Max, Sum and a CEL expression over proposals")
	}
	p.ScaleOut.validate(s.at("scaleOut"))
	p.ScaleIn.validate(s.at("scaleIn"))
	if p.Replicas.Min == 0 {
		s.restingOn([]string{"spec.replicas", "spec.replicas.min"}, func(s scope) {
			p.ScaleOut.validateLeavesZero(s.at("scaleOut"))
		})
	}
	p.validateCompensate(s)
	p.FailSafe.validate(s.at("failSafe"))
	s.restingOn([]string{"spec.replicas", "spec.replicas.max", "spec.workload"}, func(s scope) {
		p.FailSafe.validateFloors(s.at("failSafe"), p.Replicas.Max, p.Workload != nil)
	})
	p.validateECS(s.at("publish").at("ecs"))
	if p.Publish.CloudWatch != nil && p.Workload != nil && p.Workload.Fixed != nil {
		s.at("publish").at("cloudWatch").add("goes with a workload that follows, and spec.workload.fixed never does: " +
			"Utilization would never come back to 100; use workload.ecs, or publish elsewhere")
	}
}

// validateCompensate: the number is about target tracking, which follows services of
// ECS.
func (p *ScalingPolicySpec) validateCompensate(s scope) {
	if c := p.Publish.CloudWatch; c != nil && c.Compensate && (p.Workload == nil || p.Workload.ECS == nil) {
		s.at("publish").at("cloudWatch").at("compensate").add("needs spec.workload.ecs: without it no Utilization is published that target tracking follows")
	}
}

func (w *Workload) validate(s scope) {
	s.exactlyOne(member{"deployment", w.Deployment != nil}, member{"statefulSet", w.StatefulSet != nil},
		member{"ecs", w.ECS != nil}, member{"fixed", w.Fixed != nil})
	if w.Deployment != nil {
		s.at("deployment").at("name").match(w.Deployment.Name, objectRE, objectWant)
	}
	if w.StatefulSet != nil {
		s.at("statefulSet").at("name").match(w.StatefulSet.Name, objectRE, objectWant)
	}
	if e := w.ECS; e != nil {
		t := s.at("ecs")
		t.at("provider").label(e.Provider)
		const want = "a name as ECS has it: letters, digits, dashes and underscores, at most 255"
		t.at("cluster").match(e.Cluster, ecsNameRE, want)
		t.at("service").match(e.Service, ecsNameRE, want)
	}
	if w.Fixed != nil {
		s.at("fixed").at("replicas").count(w.Fixed.Replicas, 0, maxReplicas)
	}
}

func (r ReplicaRange) validate(s scope) {
	if (r == ReplicaRange{}) {
		s.restingOn([]string{s.path, s.at("min").path, s.at("max").path}, func(s scope) { s.add("is required, with a max of at least 1, as in {min: 1, max: 50}") })
		return
	}
	s.at("min").count(r.Min, 0, maxReplicas)
	s.at("max").count(r.Max, 1, maxReplicas)
	s.restingOn([]string{s.at("min").path}, func(s scope) {
		if r.Min > r.Max && r.Max >= 1 {
			s.at("max").addf("%d is below min, which is %d", r.Max, r.Min)
		}
	})
}

func (r *ScalingRules) validate(s scope) {
	s.at("stabilization").span(*r.Stabilization, 0, time.Hour)
	oneOf(s.at("select"), r.Select, SelectMax, SelectMin, SelectDisabled)
	limits := s.at("limits")
	if len(r.Limits) == 0 {
		limits.add("is empty; remove it for the default, or use select: Disabled")
	}
	limits.atMost(len(r.Limits), maxLimits)
	for i, l := range r.Limits {
		l.validate(limits.index(i))
	}
}

func (l ScalingLimit) validate(s scope) {
	s.exactlyOne(member{"percent", l.Percent != nil}, member{"replicas", l.Replicas != nil})
	if l.Percent != nil {
		s.at("percent").count(*l.Percent, 1, maxPercent)
	}
	if l.Replicas != nil {
		s.at("replicas").count(*l.Replicas, 1, maxReplicas)
	}
	s.at("period").span(l.Period, time.Second, 30*time.Minute)
	if l.Period.Duration%time.Second != 0 {
		s.at("period").addf("%s is not a whole number of seconds", l.Period)
	}
}

// validateLeavesZero reports limits that keep a workload at 0 for ever: any
// percentage of 0 is 0.
func (r *ScalingRules) validateLeavesZero(s scope) {
	percents := 0
	for _, l := range r.Limits {
		if l.Percent != nil && l.Replicas == nil {
			percents++
		}
	}
	stuck := (r.Select == SelectMax && percents == len(r.Limits)) || (r.Select == SelectMin && percents > 0)
	if stuck && percents > 0 {
		s.at("limits").add("never leave 0 replicas, which replicas.min allows: a percentage of 0 is 0; " +
			"add a limit in replicas with select: Max, or set replicas.min to at least 1")
	}
}

func (f *FailSafe) validate(s scope) { oneOf(s.at("onUnknown"), f.OnUnknown, UnknownHold) }

func (f *FailSafe) validateFloors(s scope, most int32, workload bool) {
	validateFloor(s.at("atLeast"), f.AtLeast, most, workload)
	validateFloor(s.at("wakeFromZero"), f.WakeFromZero, most, workload)
}

func validateFloor(s scope, floor *int32, most int32, workload bool) {
	if floor == nil {
		return
	}
	s.count(*floor, 1, max(most, 1))
	if !workload {
		s.add("needs spec.workload: it is served only while the workload is known to have fewer replicas")
	}
}

// validate leaves out the default metric name: it is the policy's, and checked as
// such.
func (p *Publish) validate(s scope, policy string, signals signalRefs) {
	if p.ExternalMetric == nil && p.CloudWatch == nil && p.ECS == nil {
		s.noneOf([]string{"externalMetric", "cloudWatch", "ecs"}, "has none of %s; at least one is required, or remove publish for externalMetric")
	}
	if p.ExternalMetric != nil && p.ExternalMetric.Name != policy {
		s.at("externalMetric").at("name").served(p.ExternalMetric.Name)
	}
	if c := p.CloudWatch; c != nil {
		t := s.at("cloudWatch")
		t.at("provider").label(c.Provider)
		t.at("namespace").match(c.Namespace, namespaceRE, "a namespace of CloudWatch, as in Scaler")
		if strings.HasPrefix(strings.ToUpper(c.Namespace), "AWS/") {
			t.at("namespace").addf("%s is not allowed: AWS/ belongs to AWS's own metrics", quote(c.Namespace))
		}
		if d := c.Period.Duration; d != time.Minute && d != 10*time.Second {
			t.at("period").addf("%s is not allowed; allowed are 60s and 10s", shortDuration(d))
		}
		c.validateSignals(t.at("signals"), signals)
	}
	p.ECS.validate(s.at("ecs"))
}
