package v1alpha1

import (
	"slices"
	"strings"

	"github.com/scaler-dev/scaler/internal/nearest"
)

// validateDemands checks each demand, and that one of them can ever lower.
func (p *ScalingPolicySpec) validateDemands(s scope) {
	s.atMost(len(p.Demand), maxDemands)
	switch {
	case p.Demand == nil:
		s.restingOn([]string{s.path}, func(s scope) { s.add("is required") })
		return
	case len(p.Demand) == 0:
		s.add("is empty; at least one demand is required")
		return
	}
	seen, lowers := distinct{}, false
	for i := range p.Demand {
		d, t := &p.Demand[i], s.index(i)
		t.at("name").label(d.Name)
		seen.add(t.at("name"), d.Name)
		d.validate(t, signalRefs(p.Signals))
		if d.Ratio != nil && p.Workload == nil {
			t.at("ratio").restingOn([]string{"spec.workload"}, func(s scope) {
				s.add("needs spec.workload: it multiplies the replicas that are ready")
			})
		}
		if path, c := d.capacity(t); c != nil {
			c.validateWorkload(path, p.Workload)
		}
		if path, ok := d.counts(t); ok && p.Workload == nil {
			path.restingOn([]string{"spec.workload"}, func(s scope) {
				s.add("needs spec.workload: it counts the replicas that are ready")
			})
		}
		lowers = lowers || d.lowers()
	}
	if !lowers {
		s.add("has only demands that add (schedules, and ratios with mayLower: false), so that replicas never fall; " +
			"add a perReplica, an expression, or a ratio that may lower")
	}
}

// lowers says whether the demand may ever ask for fewer replicas. One without a
// rule is at fault already.
func (d *Demand) lowers() bool {
	switch {
	case d.Auto != nil, d.PerReplica != nil, d.Rate != nil, d.Deadline != nil, d.Expression != "":
		return true
	case d.Ratio != nil:
		return *d.Ratio.MayLower
	default:
		return d.Schedule == nil && d.Seasonal == nil
	}
}

// capacity is the rule by which the demand learns what a replica carries, and where it
// stands; nil: it is given.
func (d *Demand) capacity(s scope) (scope, *CapacityRule) {
	switch {
	case d.PerReplica != nil:
		return s.at("perReplica").at("capacity"), d.PerReplica.Capacity
	case d.Rate != nil:
		return s.at("rate").at("capacity"), d.Rate.Capacity
	case d.Seasonal != nil:
		return s.at("seasonal").at("capacity"), d.Seasonal.Capacity
	case d.Auto != nil && d.Auto.Requests != nil:
		return s.at("auto").at("requests").at("capacity"), d.Auto.Requests.Capacity
	default:
		return s, nil
	}
}

// counts says where a demand needs the number of replicas.
func (d *Demand) counts(s scope) (scope, bool) {
	if d.Auto != nil && d.Auto.Queue != nil {
		return s.at("auto").at("queue"), true
	}
	return s.at("deadline"), d.Deadline != nil
}

func (d *Demand) validate(s scope, refs signalRefs) {
	s.exactlyOne(member{"auto", d.Auto != nil}, member{"perReplica", d.PerReplica != nil}, member{"ratio", d.Ratio != nil},
		member{"rate", d.Rate != nil}, member{"deadline", d.Deadline != nil}, member{"seasonal", d.Seasonal != nil},
		member{"schedule", d.Schedule != nil}, member{"expression", d.Expression != ""})
	if r := d.PerReplica; r != nil {
		refs.validate(s.at("perReplica").at("signal"), r.Signal, KindTotal,
			"; use ratio, or set the signal's kind if it does fall when replicas are added")
		validateCapacity(s.at("perReplica"), refs, "amount", r.Amount, r.Capacity)
	}
	if d.Ratio != nil {
		d.Ratio.validate(s.at("ratio"), refs)
	}
	if d.Auto != nil {
		d.Auto.validate(s.at("auto"), refs)
	}
	if d.Rate != nil {
		d.Rate.validate(s.at("rate"), refs)
	}
	if d.Seasonal != nil {
		d.Seasonal.validate(s.at("seasonal"), refs)
	}
	if d.Deadline != nil {
		d.Deadline.validate(s.at("deadline"), refs)
	}
	if r := d.Schedule; r != nil {
		t := s.at("schedule")
		t.at("start").required(strings.TrimSpace(r.Start))
		t.at("end").required(strings.TrimSpace(r.End))
		t.at("timeZone").required(r.TimeZone)
		t.at("replicas").count(r.Replicas, 1, maxReplicas)
	}
	if d.Expression != "" && strings.TrimSpace(d.Expression) == "" {
		s.at("expression").add("is empty")
	}
}

func (r *RatioDemand) validate(s scope, refs signalRefs) {
	refs.validate(s.at("signal"), r.Signal, KindPerReplica,
		"; use perReplica, or set the signal's kind if it is an average already")
	s.at("target").positive(r.Target)
	s.at("tolerance").share(*r.Tolerance, 0, 100)
	if r.MaxAdd == nil {
		return
	}
	if *r.MayLower {
		s.at("maxAdd").add("is for guards only; set mayLower: false, or remove it")
		return
	}
	s.at("maxAdd").share(*r.MaxAdd, 1, 1000)
}

// signalRefs are the signals that demands may name.
type signalRefs []Signal

// validate checks that a signal exists and is of the kind that a demand needs.
func (r signalRefs) validate(s scope, name string, want SignalKind, advice string) {
	if !s.required(name) {
		return
	}
	i := slices.IndexFunc(r, func(g Signal) bool { return g.Name == name })
	if i < 0 {
		s.restingOn(r.names(), func(s scope) { s.addf("no signal is named %s; %s", quote(name), r.allowed(name)) })
		return
	}
	if kind := r[i].Kind; kind != "" && kind != want {
		at := Index("spec.signals", i)
		s.restingOn([]string{at + ".kind", at + ".alb.metric"}, func(s scope) {
			s.addf("signal %s is of kind %s and %s is needed%s", quote(name), kind, want, advice)
		})
	}
}

// names are the paths of the signals and of their names.
func (r signalRefs) names() []string {
	paths := []string{"spec.signals"}
	for i := range r {
		paths = append(paths, Index("spec.signals", i)+".name")
	}
	return paths
}

func (r signalRefs) allowed(name string) string {
	if len(r) == 0 {
		return "the policy has none"
	}
	names := make([]string, len(r))
	for i, s := range r {
		names[i] = s.Name
	}
	return nearest.Hint(name, names) + "allowed are " + list(names)
}
