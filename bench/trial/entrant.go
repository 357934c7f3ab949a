package trial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/incumbents"
	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/bench/replay"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// entrant is one autoscaler with one setting. It is made anew for each run.
type entrant struct {
	name   string
	factor float64 // of its usual target; 1 but in a sweep
	make   func(factor float64) (replay.Autoscaler, error)
}

// factors of the usual target that a sweep tries, dearest first.
func factors() []float64 {
	return []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.45, 1.7, 2, 3, 5}
}

func entrantsOf(s Settings, p plant.Settings) ([]entrant, error) {
	var makers []entrant
	if s.Variants == nil {
		makers = append(makers, entrant{name: s.Policy.Metadata.Namespace + "/" + s.Policy.Metadata.Name, make: func(f float64) (replay.Autoscaler, error) {
			return documented(scaled(s.Policy, f), s.Replay)
		}})
	}
	for _, name := range s.Against {
		m, ok := incumbent(name, s, p)
		if !ok {
			return nil, fmt.Errorf("nothing is called %q to run against; there are %s", name, strings.Join(Incumbents(), ", "))
		}
		makers = append(makers, entrant{name: name, make: m})
	}
	out := variants(s.Variants)
	for _, m := range makers {
		m.factor = 1
		out = append(out, m)
	}
	for _, m := range makers {
		for _, f := range factors() {
			if m.factor = f; s.Sweep && f != 1 {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

func variants(of []Variant) []entrant {
	var out []entrant
	for _, v := range of {
		out = append(out, entrant{name: v.Name, factor: v.Factor, make: func(float64) (replay.Autoscaler, error) {
			return documented(v.Policy, v.Replay)
		}})
	}
	return out
}

// documented is a user's policy with the actuator of its replay.
func documented(p *v1alpha1.ScalingPolicy, r *v1alpha1.Replay) (replay.Autoscaler, error) {
	made, err := replay.NewPolicy(p, replay.Bindings(p, r))
	if err != nil {
		return nil, err
	}
	out := replay.Documented{Policy: made}
	least, most := p.Spec.Replicas.Min, p.Spec.Replicas.Max
	switch r.Spec.Plant.Actuator {
	case v1alpha1.ActuatorHPA:
		out.Actuator = replay.NewHPA(least, most)
	case v1alpha1.ActuatorTargetTracking:
		out.Actuator = replay.NewTargetTracking(least, most)
	case v1alpha1.ActuatorFloor:
		out.Actuator = replay.NewWithFloor(least, most, floorOf(p))
	case v1alpha1.ActuatorDirect:
		out.Actuator = replay.Direct{}
	}
	return out, nil
}

// floorOf are the limits of a policy's floor: what it says, or the defaults.
func floorOf(p *v1alpha1.ScalingPolicy) floor.Limits {
	out := floor.Limits{TTL: 5 * time.Minute, Cooldown: 15 * time.Second, Max: p.Spec.Replicas.Max}
	if e := p.Spec.Publish.ECS; e != nil && e.Floor != nil {
		out.TTL, out.Cooldown = e.Floor.TTL.Duration, e.Floor.Cooldown.Duration
	}
	return out
}

// scaled is a policy whose demands expect a factor of what each replica does.
func scaled(p *v1alpha1.ScalingPolicy, factor float64) *v1alpha1.ScalingPolicy {
	if factor == 1 {
		return p
	}
	out := *p
	out.Spec.Demand = slices.Clone(p.Spec.Demand)
	for i := range out.Spec.Demand {
		d := &out.Spec.Demand[i]
		if d.PerReplica != nil {
			rule := *d.PerReplica
			rule.Amount *= v1alpha1.Number(factor)
			d.PerReplica = &rule
		}
		if d.Ratio != nil {
			rule := *d.Ratio
			rule.Target *= v1alpha1.Number(factor)
			d.Ratio = &rule
		}
		d.Deadline = slower(d.Deadline, factor)
		d.Rate = fuller(d.Rate, factor)
		if d.Auto != nil {
			d.Auto = &v1alpha1.AutoDemand{Requests: fuller(d.Auto.Requests, factor), Queue: slower(d.Auto.Queue, factor)}
		}
	}
	return &out
}

// slower is a deadline with a factor of its time.
func slower(d *v1alpha1.DeadlineDemand, factor float64) *v1alpha1.DeadlineDemand {
	if d == nil {
		return nil
	}
	out := *d
	out.Within.Duration = max(time.Second, time.Duration(float64(d.Within.Duration)*factor))
	return &out
}

// fuller is a rate that expects a factor of what a replica carries.
func fuller(d *v1alpha1.RateDemand, factor float64) *v1alpha1.RateDemand {
	if d == nil {
		return nil
	}
	out := *d
	out.PerReplica *= v1alpha1.Number(factor)
	return &out
}

// Incumbents are the names of those to run against.
func Incumbents() []string {
	return []string{"hpa", "keda", "kpa", "target-tracking", "step", "backlog-per-task", "predictive", "hpa-backlog"}
}

// busy is the share of a replica's capacity that those are set to that follow it:
// Knative's default, and a usual choice for the others.
const busy = 0.7

// incumbent makes those that people run, each with its defaults, set to the capacity
// of the model's replicas; KEDA's to five messages, its own default.
func incumbent(name string, s Settings, p plant.Settings) (func(float64) (replay.Autoscaler, error), bool) {
	least, most := max(1, s.Policy.Spec.Replicas.Min), s.Policy.Spec.Replicas.Max
	wait := max(s.Replay.Spec.Objective.Latency.Duration-p.ServiceTime, time.Second).Seconds()
	requests := func(f float64) incumbents.Autoscaler {
		h := incumbents.DefaultHPA(busy*p.Rate*f, incumbents.Requests, most)
		h.Min = least
		return incumbents.NewHPA(h)
	}
	makers := map[string]func(f float64) incumbents.Autoscaler{
		"hpa": requests,
		"hpa-backlog": func(f float64) incumbents.Autoscaler {
			h := incumbents.DefaultHPA(f*wait*p.Rate, incumbents.Visible, most)
			h.Min = least
			return incumbents.NewHPA(h)
		},
		"keda": func(f float64) incumbents.Autoscaler {
			k := incumbents.DefaultKEDA(5*f, most)
			k.Min = s.Policy.Spec.Replicas.Min
			return incumbents.NewKEDA(k)
		},
		"kpa": func(f float64) incumbents.Autoscaler {
			k := incumbents.DefaultKPA(max(p.Rate*p.ServiceTime.Seconds(), 0.01)*f, most)
			k.Min = least
			return incumbents.NewKPA(k)
		},
		"step": func(f float64) incumbents.Autoscaler {
			return incumbents.NewStep(incumbents.DefaultStep(busy*f, incumbents.Utilization, least, most))
		},
		"backlog-per-task": func(f float64) incumbents.Autoscaler {
			return incumbents.NewBacklog(incumbents.DefaultBacklog(f*wait*p.Rate, least, most))
		},
		"predictive": func(f float64) incumbents.Autoscaler {
			return incumbents.NewPredictive(incumbents.DefaultPredictive(busy*p.Rate*f, incumbents.Requests, requests(f), least, most))
		},
	}
	if name == "target-tracking" {
		return func(f float64) (replay.Autoscaler, error) {
			return replay.NewOnRequests(busy*p.Rate*f, least, most), nil
		}, true
	}
	m, ok := makers[name]
	return func(f float64) (replay.Autoscaler, error) { return replay.NewIncumbent(m(f), replay.Sampling{}), nil }, ok
}
