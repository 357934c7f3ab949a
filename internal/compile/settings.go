package compile

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/expr"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

func settingsOf(id policy.ID, spec v1alpha1.ScalingPolicySpec) (policy.Settings, error) {
	s := policy.Settings{
		ID: id, Min: spec.Replicas.Min, Max: spec.Replicas.Max,
		ScaleOut: scalingRules(spec.ScaleOut), ScaleIn: scalingRules(spec.ScaleIn),
		PauseDeploying: spec.Workload != nil && spec.Workload.ECS != nil,
	}
	if f := spec.FailSafe; f != nil {
		s.FailSafe = policy.FailSafe{AtLeast: valueOf(f.AtLeast), WakeFromZero: valueOf(f.WakeFromZero)}
	}
	for _, d := range spec.Demand {
		if d.Auto != nil {
			s.Demands = append(s.Demands, autoOf(d.Name, *d.Auto, spec)...)
			continue
		}
		rule, err := demandOf(d, spec)
		if err != nil {
			return s, fmt.Errorf("demand %s: %w", d.Name, err)
		}
		s.Demands = append(s.Demands, policy.NamedDemand{Name: d.Name, Demand: rule})
	}
	var err error
	if s.Combine, err = combineOf(spec); err != nil {
		return s, fmt.Errorf("combine: %w", err)
	}
	return s, nil
}

func demandOf(d v1alpha1.Demand, spec v1alpha1.ScalingPolicySpec) (policy.Demand, error) {
	switch {
	case d.PerReplica != nil:
		r := d.PerReplica
		return demand.PerReplica{Signal: r.Signal, Amount: float64(r.Amount), Capacity: capacityOf(r.Amount, r.Capacity)}, nil
	case d.Ratio != nil:
		return ratioOf(*d.Ratio, holdFor(spec, d.Ratio.Signal)), nil
	case d.Deadline != nil:
		return deadlineOf(*d.Deadline, spec), nil
	case d.Rate != nil:
		return rateOf(*d.Rate, spec), nil
	case d.Schedule != nil:
		w, err := windowOf(*d.Schedule)
		return demand.Schedule{Window: w, Replicas: d.Schedule.Replicas}, err
	case d.Seasonal != nil:
		return seasonalOf(*d.Seasonal, spec), nil
	default:
		var names []string
		for _, s := range spec.Signals {
			names = append(names, s.Name)
		}
		e, err := expr.CompileNumbers(d.Expression, "signals", names)
		return demand.Expression{Expr: e}, err
	}
}

func ratioOf(r v1alpha1.RatioDemand, holdFor time.Duration) demand.Ratio {
	out := demand.Ratio{
		Signal: r.Signal, Target: float64(r.Target), HoldFor: holdFor,
		Guard: r.MayLower != nil && !*r.MayLower,
	}
	if r.Tolerance != nil {
		out.Tolerance = r.Tolerance.Fraction()
	}
	if r.MaxAdd != nil {
		out.MaxAdd = r.MaxAdd.Fraction()
	}
	return out
}

func combineOf(spec v1alpha1.ScalingPolicySpec) (policy.Combine, error) {
	switch spec.Combine {
	case "", "Max":
		return policy.Combine{Mode: policy.CombineMax}, nil
	case "Sum":
		return policy.Combine{Mode: policy.CombineSum}, nil
	default:
		var names []string
		for _, d := range spec.Demand {
			names = append(names, d.Name)
		}
		e, err := expr.CompileNumbers(spec.Combine, "proposals", names)
		return policy.Combine{Mode: policy.CombineExpr, Expr: e}, err
	}
}

func scalingRules(r *v1alpha1.ScalingRules) policy.Rules {
	if r == nil {
		return policy.Rules{}
	}
	out := policy.Rules{}
	if r.Stabilization != nil {
		out.Stabilization = r.Stabilization.Duration
	}
	switch r.Select {
	case v1alpha1.SelectMin:
		out.Select = policy.SelectMin
	case v1alpha1.SelectDisabled:
		out.Select = policy.SelectDisabled
	case v1alpha1.SelectMax:
		out.Select = policy.SelectMax
	}
	for _, l := range r.Limits {
		out.Limits = append(out.Limits, policy.Limit{Percent: valueOf(l.Percent), Replicas: valueOf(l.Replicas), Period: l.Period.Duration})
	}
	return out
}

func valueOf(p *int32) int32 {
	if p == nil {
		return 0
	}
	return *p
}

// window recurs between two cron expressions.
type window struct {
	start, end cron.Schedule
	zone       *time.Location
}

func windowOf(s v1alpha1.ScheduleDemand) (window, error) {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return window{}, fmt.Errorf("timeZone: %w", err)
	}
	w := window{zone: zone}
	if w.start, err = cron.ParseStandard(s.Start); err != nil {
		return w, fmt.Errorf("start: %w", err)
	}
	if w.end, err = cron.ParseStandard(s.End); err != nil {
		return w, fmt.Errorf("end: %w", err)
	}
	return w, nil
}

// Contains tells whether the window's end comes before its next start. An end
// that never comes leaves it open.
func (w window) Contains(t time.Time) bool {
	t = t.In(w.zone)
	end, start := w.end.Next(t), w.start.Next(t)
	return !end.IsZero() && (start.IsZero() || end.Before(start))
}
