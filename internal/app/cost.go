package app

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/cost"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Usage tells how documents use AWS, of the very sources and sinks that Run makes of
// them. It calls nobody.
func Usage(ctx context.Context, o Options) (cost.Usage, error) {
	l := &loader{o: o}
	docs, err := l.load()
	if err != nil {
		return cost.Usage{}, err
	}
	all, err := compile.Compile(docs.Policies)
	if err != nil {
		return cost.Usage{}, err
	}
	a := &accountant{builder: newIdle(o, docs), docs: docs, all: all, decides: map[policy.ID]bool{}}
	for _, p := range docs.Policies {
		a.decides[policy.ID{Namespace: p.Metadata.Namespace, Name: p.Metadata.Name}] = len(p.Spec.Demand) > 0
	}
	defer a.builder.providers.use(nil)
	if err := a.shared(ctx); err != nil {
		return cost.Usage{}, err
	}
	if err := a.apart(ctx); err != nil {
		return cost.Usage{}, err
	}
	a.notes()
	return a.usage, nil
}

// caller is a source that tells the calls it makes.
type caller interface{ Calls() awsx.Calls }

// accountant makes pipelines and asks their parts what they will call.
type accountant struct {
	builder *builder
	docs    *config.Documents
	all     *compile.Program
	decides map[policy.ID]bool
	usage   cost.Usage
}

// shared is what runs, shard by shard: what is fetched in one is not shared with
// another.
func (a *accountant) shared(ctx context.Context) error {
	spread, err := compile.Shards(a.docs.Policies, shardCount(a.docs.Config.Spec))
	if err != nil {
		return err
	}
	for _, policies := range spread {
		program, err := compile.Compile(policies)
		if err != nil {
			return err
		}
		part := &compile.Program{
			Spec:       program.Spec,
			Subjects:   only(program.Subjects, func(s compile.Subject) bool { return a.isAWS(s.Provider) }),
			Workloads:  only(program.Workloads, func(w compile.Workload) bool { return w.Spec.ECS != nil }),
			CloudWatch: program.CloudWatch,
		}
		uses, err := a.uses(ctx, part)
		if err != nil {
			return err
		}
		a.usage.Uses = append(a.usage.Uses, uses...)
	}
	return nil
}

// apart is what would run if each policy had it for itself.
func (a *accountant) apart(ctx context.Context) error {
	subjects := map[signals.Subject]compile.Subject{}
	for _, s := range a.all.Subjects {
		subjects[s.Subject.Subject] = s
	}
	workloads := map[workload.ID]compile.Workload{}
	for _, w := range a.all.Workloads {
		workloads[w.ID] = w
	}
	var parts []*compile.Program
	for i, p := range a.all.Spec.Policies {
		for j, s := range p.Signals {
			if !a.isAWS(s.Subject.Provider) {
				continue
			}
			own := subjects[s.Subject]
			own.Interval = a.docs.Policies[i].Spec.Signals[j].Interval.Duration
			parts = append(parts, &compile.Program{Subjects: []compile.Subject{own}})
			a.inline(own)
		}
		if p.Workload != nil && workloads[*p.Workload].Spec.ECS != nil {
			parts = append(parts, &compile.Program{Workloads: []compile.Workload{workloads[*p.Workload]}})
		}
	}
	for _, t := range a.all.CloudWatch {
		parts = append(parts, &compile.Program{Spec: a.all.Spec, CloudWatch: []compile.CloudWatchTarget{t}})
	}
	for _, part := range parts {
		uses, err := a.uses(ctx, part)
		if err != nil {
			return err
		}
		a.usage.Single = append(a.usage.Single, uses...)
	}
	return nil
}

// inline is what an adapter asks that keeps nothing: a metric at each of its own polls
// and within each read of the HPA.
func (a *accountant) inline(s compile.Subject) {
	call := awsx.Call{Service: awsx.ServiceCloudWatch, Operation: "GetMetricData", Metrics: 1}
	switch {
	case s.Source.SQS != nil:
		call = awsx.Call{Service: awsx.ServiceSQS, Operation: "GetQueueAttributes"}
	case s.Source.CloudWatch != nil:
		call.Metrics = max(1, len(s.Source.CloudWatch.Metrics))
	case s.Source.ALB == nil:
		return // no adapter reads it so
	}
	for _, every := range []time.Duration{cost.InlinePoll, cost.InlineSync} {
		a.usage.Inline = append(a.usage.Inline, a.use(cost.Read, s.Provider, every, awsx.Calls{Each: []awsx.Call{call}}))
	}
}

// uses are those of the polls, looks and sinks of a part of a program.
func (a *accountant) uses(ctx context.Context, part *compile.Program) ([]cost.Use, error) {
	polls, err := a.builder.polls(ctx, a.docs, part)
	if err != nil {
		return nil, err
	}
	var out []cost.Use
	for _, p := range polls {
		out = a.ask(out, cost.Read, p.Provider, p.Interval, p.Source)
	}
	looks, err := a.builder.looks(ctx, part, &shard{})
	if err != nil {
		return nil, err
	}
	for _, l := range looks {
		out = a.ask(out, cost.Look, l.Provider, l.Interval, l.Source)
	}
	return a.publications(ctx, out, part)
}

func (a *accountant) ask(to []cost.Use, kind cost.Kind, provider string, interval time.Duration, source any) []cost.Use {
	c, ok := source.(caller)
	if !ok {
		a.note(fmt.Sprintf("of provider %s there are sources that do not tell their calls", provider))
		return to
	}
	return append(to, a.use(kind, provider, interval, c.Calls()))
}

func (a *accountant) use(kind cost.Kind, provider string, interval time.Duration, calls awsx.Calls) cost.Use {
	spec := a.docs.Providers[provider].Spec.AWS
	return cost.Use{Kind: kind, Provider: provider, Region: spec.Region, Account: accountOf(spec), Interval: interval, Calls: calls}
}

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

func (a *accountant) isAWS(provider string) bool {
	p := a.docs.Providers[provider]
	return p != nil && p.Spec.AWS != nil
}

// notes tell what an estimate cannot count.
func (a *accountant) notes() {
	others := 0
	for _, s := range a.all.Subjects {
		if !a.isAWS(s.Provider) {
			others++
		}
	}
	if others > 0 {
		a.note(fmt.Sprintf("%d queries to other providers than AWS are not counted", others))
	}
	for _, u := range a.usage.Uses {
		for _, c := range u.Calls.Each {
			if c.Open {
				a.note("SEARCH and Metrics Insights are billed by what matches: they are counted as the metrics they name, or one")
			}
		}
	}
	tracked := map[policy.ID]bool{}
	for _, t := range a.all.CloudWatch {
		tracked[t.Policy] = true
	}
	for _, p := range a.docs.Policies {
		if w := p.Spec.Workload; w != nil && w.ECS != nil && tracked[policy.ID{Namespace: p.Metadata.Namespace, Name: p.Metadata.Name}] {
			a.usage.Tracked++
		}
	}
}

// note notes something once.
func (a *accountant) note(text string) {
	if !slices.Contains(a.usage.Notes, text) {
		a.usage.Notes = append(a.usage.Notes, text)
	}
}

// accountOf is the account of a provider's role; "" without one.
func accountOf(spec *v1alpha1.AWSProvider) string {
	const accountPart = 4 // arn:aws:iam::123456789012:role/scaler
	parts := strings.Split(spec.RoleARN, ":")
	if len(parts) <= accountPart {
		return ""
	}
	return parts[accountPart]
}
