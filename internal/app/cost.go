package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/cost"
	"github.com/scaler-dev/scaler/internal/policy"
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
			Floors:     program.Floors,
		}
		uses, err := a.uses(ctx, part)
		if err != nil {
			return err
		}
		a.usage.Uses = append(a.usage.Uses, uses...)
	}
	return nil
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
	return a.publications(ctx, a.floors(out, part), part)
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

func (a *accountant) isAWS(provider string) bool {
	p := a.docs.Providers[provider]
	return p != nil && p.Spec.AWS != nil
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
