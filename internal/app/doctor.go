package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/doctor"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Doctor makes the checks of all that documents depend on, with the sources that Run
// makes of them, and no sinks: nothing is published. It calls nobody; the checks do.
// The caller calls the function when they have ended.
func Doctor(ctx context.Context, o Options) ([]doctor.Check, func(), error) {
	l := &loader{o: o}
	docs, err := l.load()
	if err != nil {
		return nil, nil, err
	}
	program, err := compile.Compile(docs.Policies)
	if err != nil {
		return nil, nil, err
	}
	b := newIdle(o, docs)
	var checks []doctor.Check
	for _, name := range slices.Sorted(maps.Keys(docs.Providers)) {
		checks = append(checks, doctor.ProviderCheck(b.examined(ctx, docs, program, name), time.Now))
	}
	if docs.Config.Spec.Kubernetes != nil {
		checks = append(checks, clusterChecks(docs)...)
	}
	return checks, func() { b.providers.use(nil) }, nil
}

// examined are the sources of one provider, so that another's fault does not hide
// them.
func (b *builder) examined(ctx context.Context, docs *config.Documents, all *compile.Program, name string) doctor.Provider {
	p := doctor.Provider{Name: name, Names: namesOf(all, name), NoClock: docs.Providers[name].Spec.Trace != nil}
	p.Publishes = slices.ContainsFunc(all.CloudWatch, func(t compile.CloudWatchTarget) bool { return t.Sink.Provider == name })
	part := &compile.Program{
		Subjects:  only(all.Subjects, func(s compile.Subject) bool { return s.Provider == name }),
		Workloads: only(all.Workloads, func(w compile.Workload) bool { return w.ID.Provider == name }),
	}
	polls, err := b.polls(ctx, docs, part)
	if err != nil {
		p.Err = err
		return p
	}
	for _, poll := range polls {
		p.Fetches = append(p.Fetches, doctor.Fetch{Source: poll.Source, Interval: poll.Interval, Timeout: poll.Timeout})
	}
	looks, err := b.looks(ctx, part, &shard{})
	if err != nil {
		return doctor.Provider{Name: name, Err: err}
	}
	for _, look := range looks {
		p.Looks = append(p.Looks, look.Source)
	}
	return p
}

func only[T any](all []T, which func(T) bool) []T {
	var out []T
	for _, v := range all {
		if which(v) {
			out = append(out, v)
		}
	}
	return out
}

// namesOf are the signals that read a subject, as users know them.
func namesOf(all *compile.Program, provider string) map[signals.Subject][]string {
	out := map[signals.Subject][]string{}
	for _, p := range all.Spec.Policies {
		for _, s := range p.Signals {
			if s.Subject.Provider == provider {
				out[s.Subject] = append(out[s.Subject], p.ID.String()+"."+s.Name)
			}
		}
	}
	return out
}
