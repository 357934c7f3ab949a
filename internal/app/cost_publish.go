package app

import (
	"context"
	"math"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/cost"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

// publisher is a sink that tells the calls it makes of decisions.
type publisher interface {
	Calls(ds []policy.Decision) []awsx.Call
}

// publications are those of a day on which every decision is known.
func (a *accountant) publications(ctx context.Context, to []cost.Use, part *compile.Program) ([]cost.Use, error) {
	if len(part.CloudWatch) == 0 {
		return to, nil
	}
	published := map[policy.ID]bool{}
	for _, t := range part.CloudWatch {
		published[t.Policy] = true
	}
	var ds []policy.Decision
	for _, p := range part.Spec.Policies {
		if !published[p.ID] {
			continue
		}
		ds = append(ds, a.healthy(p))
	}
	seen := map[string]bool{}
	for _, t := range part.CloudWatch {
		provider := t.Sink.Provider
		if seen[provider] {
			continue
		}
		seen[provider] = true
		sinks, err := a.builder.cloudWatchSinks(ctx, &compile.Program{
			CloudWatch: only(part.CloudWatch, func(t compile.CloudWatchTarget) bool { return t.Sink.Provider == provider }),
		})
		if err != nil {
			return nil, err
		}
		to = append(to, a.published(provider, sinks, ds)...)
	}
	return to, nil
}

// healthy is a decision with all that may be published of it. A policy without demands
// decides nothing.
func (a *accountant) healthy(p engine.Policy) policy.Decision {
	d := policy.Decision{Policy: p.ID, Expires: math.MaxInt64}
	if a.decides[p.ID] {
		d.Desired = policy.Replicas(1)
	}
	if p.Workload != nil {
		d.Workload.State = policy.WorkloadKnown
	}
	for _, s := range p.Signals {
		d.Signals = append(d.Signals, policy.Reading{
			Name: s.Name, State: signals.StateFresh, MayLower: true, Expires: math.MaxInt64, Served: &policy.Served{Expires: math.MaxInt64},
		})
	}
	return d
}

func (a *accountant) published(provider string, sinks []runner.Sink, ds []policy.Decision) []cost.Use {
	var out []cost.Use
	for _, s := range sinks {
		if p, ok := s.Sink.(publisher); ok {
			out = append(out, a.use(cost.Publish, provider, s.Period, awsx.Calls{Each: p.Calls(ds)}))
		}
	}
	return out
}
