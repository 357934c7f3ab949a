package v1alpha1

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Validate returns every fault of a defaulted document.
func (r *Replay) Validate() []Fault {
	return collect("", func(s scope) {
		validateType(s, r.TypeMeta, KindReplay)
		validateMeta(s.at("metadata"), r.Metadata, true)
		r.Spec.validate(s.at("spec"))
	})
}

func (r *ReplaySpec) validate(s scope) {
	if namespace, name, ok := strings.Cut(r.Policy, "/"); r.Policy != "" && (!ok || namespace == "" || name == "") {
		s.at("policy").addf("%s is not NAMESPACE/NAME", quote(r.Policy))
	}
	if r.Trace != nil {
		s.at("trace").at("file").required(r.Trace.File)
	}
	r.Plant.validate(s.at("plant"))
	for _, name := range slices.Sorted(maps.Keys(r.Bind)) {
		oneOf(s.at("bind").key(name), r.Bind[name], Quantities()...)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Sampling)) {
		r.Sampling[name].validate(s.at("sampling").key(name))
	}
	s.at("objective").at("latency").span(r.Objective.Latency, time.Millisecond, 24*time.Hour)
}

func (p *ReplayPlant) validate(s scope) {
	s.at("serviceTime").span(p.ServiceTime, 0, 24*time.Hour)
	switch {
	case p.Capacity != 0 && p.Concurrency != 0:
		s.at("capacity").add("concurrency is set already; either of the two is allowed")
	case p.Capacity != 0:
		s.at("capacity").positive(p.Capacity)
	case p.ServiceTime.Duration == 0:
		s.add("has neither serviceTime nor capacity; one says how much a replica serves")
	default:
		s.at("concurrency").positive(p.Concurrency)
	}
	t := s.at("startUp")
	t.at("median").span(p.StartUp.Median, 0, time.Hour)
	if p.StartUp.P90.Duration != 0 {
		t.at("p90").span(p.StartUp.P90, p.StartUp.Median.Duration, time.Hour)
	}
	if p.Replicas != nil {
		s.at("replicas").count(*p.Replicas, 0, maxReplicas)
	}
	oneOf(s.at("actuator"), p.Actuator, ActuatorDirect, ActuatorHPA, ActuatorTargetTracking, ActuatorFloor)
	s.at("step").span(p.Step, 100*time.Millisecond, time.Minute)
}

func (p Sampling) validate(s scope) {
	s.at("period").span(p.Period, 0, time.Hour)
	s.at("window").span(p.Window, 0, time.Hour)
	s.at("lag").span(p.Lag, 0, time.Hour)
	if p.Period.Duration > 0 && p.Window.Duration > 0 {
		s.at("window").add("period is set already; either of the two is allowed")
	}
}
