package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/signals/httpjson"
	"github.com/scaler-dev/scaler/internal/signals/prometheus"
	"github.com/scaler-dev/scaler/internal/signals/scrape"
	"github.com/scaler-dev/scaler/internal/signals/sqs"
	"github.com/scaler-dev/scaler/internal/signals/trace"
	"github.com/scaler-dev/scaler/internal/workload"
	"github.com/scaler-dev/scaler/internal/workload/ecs"
	"github.com/scaler-dev/scaler/internal/workload/fixed"
)

// batchTimeout bounds a poll that may make several calls one after another.
const batchTimeout = 3 * httpx.CallTimeout

// batch is what one provider reads at one interval.
type batch struct {
	provider string
	interval time.Duration

	queues  []sqs.Queue
	metrics []cloudwatch.Query
	promQL  []prometheus.Query
	http    []httpjson.Query
	pages   []scrape.Query
	traces  []signals.Subject
}

// batches sorts subjects by provider and interval, in the order of the documents.
func batches(subjects []compile.Subject) []*batch {
	type key struct {
		provider string
		interval time.Duration
	}
	found := map[key]*batch{}
	var out []*batch
	for _, s := range subjects {
		k := key{s.Provider, s.Interval}
		b := found[k]
		if b == nil {
			b = &batch{provider: s.Provider, interval: s.Interval}
			found[k] = b
			out = append(out, b)
		}
		b.add(s)
	}
	return out
}

func (b *batch) add(s compile.Subject) {
	subject, from := s.Subject.Subject, s.Source
	switch {
	case from.SQS != nil:
		b.queues = append(b.queues, sqs.Queue{Subject: subject, Spec: *from.SQS})
	case from.CloudWatch != nil, from.ALB != nil, from.ECS != nil:
		b.metrics = append(b.metrics, cloudwatch.Query{Subject: subject, CloudWatch: from.CloudWatch, ALB: from.ALB, ECS: from.ECS})
	case from.Prometheus != nil:
		b.promQL = append(b.promQL, prometheus.Query{Subject: subject, Spec: *from.Prometheus})
	case from.HTTP != nil:
		b.http = append(b.http, httpjson.Query{Subject: subject, Spec: *from.HTTP})
	case from.Scrape != nil:
		b.pages = append(b.pages, scrape.Query{Subject: subject, Spec: *from.Scrape})
	case from.Trace != nil:
		b.traces = append(b.traces, subject)
	}
}

func (b *builder) polls(ctx context.Context, docs *config.Documents, program *compile.Program) ([]runner.Poll, error) {
	var out []runner.Poll
	for _, batch := range batches(program.Subjects) {
		sources, err := b.sources(ctx, docs, batch)
		if err != nil {
			return nil, fmt.Errorf("provider %s: %w", batch.provider, err)
		}
		timeout := httpx.CallTimeout
		if len(batch.metrics) > 0 {
			timeout = batchTimeout
		}
		for _, s := range sources {
			out = append(out, runner.Poll{Provider: batch.provider, Source: s, Interval: batch.interval, Timeout: timeout})
		}
	}
	return out, nil
}

func (b *builder) sources(ctx context.Context, docs *config.Documents, batch *batch) ([]signals.Source, error) {
	spec := docs.Providers[batch.provider].Spec
	switch {
	case spec.AWS != nil:
		return b.awsSources(ctx, batch)
	case spec.Prometheus != nil:
		return prometheus.New(*spec.Prometheus, batch.promQL) //nolint:contextcheck // credentials are fetched by calls, under theirs
	case spec.HTTP != nil:
		return httpSources(*spec.HTTP, batch) //nolint:contextcheck // credentials are fetched by calls, under theirs
	default:
		s, err := trace.New(*spec.Trace, batch.traces)
		return []signals.Source{s}, err
	}
}

// httpSources read documents, and pages of metrics.
func httpSources(spec v1alpha1.HTTPProvider, batch *batch) ([]signals.Source, error) {
	documents, err := httpjson.New(spec, batch.http)
	if err != nil {
		return nil, err
	}
	pages, err := scrape.New(spec, batch.pages)
	return append(documents, pages...), err
}

func (b *builder) awsSources(ctx context.Context, batch *batch) ([]signals.Source, error) {
	provider, err := b.providers.aws(ctx, batch.provider)
	if err != nil {
		return nil, err
	}
	out := sqs.New(provider, batch.queues)
	if len(batch.metrics) > 0 {
		out = append(out, cloudwatch.New(provider, batch.metrics))
	}
	return out, nil
}

// lookEvery is the interval of looks that are answered from memory.
const lookEvery = 5 * time.Second

var errNoCluster = errors.New("spec.workload is of a Kubernetes cluster, and no ScalerConfig names one: set its spec.kubernetes")

func (b *builder) looks(ctx context.Context, program *compile.Program, s *shard) ([]runner.Look, error) {
	var static []fixed.Workload
	var watched []compile.Workload
	services := map[string][]ecs.Service{}
	var names []string
	for _, w := range program.Workloads {
		switch {
		case w.Spec.Fixed != nil:
			static = append(static, fixed.Workload{ID: w.ID, Spec: *w.Spec.Fixed})
		case w.Spec.ECS != nil:
			name := w.Spec.ECS.Provider
			if services[name] == nil {
				names = append(names, name)
			}
			services[name] = append(services[name], ecs.Service{ID: w.ID, Spec: *w.Spec.ECS})
		default:
			watched = append(watched, w)
		}
	}
	var out []runner.Look
	add := func(provider string, interval time.Duration, sources ...workload.Source) {
		for _, s := range sources {
			out = append(out, runner.Look{Provider: provider, Source: s, Interval: interval, Timeout: httpx.CallTimeout})
		}
	}
	if static != nil {
		add("fixed", workload.Interval, fixed.New(static))
	}
	if watched != nil {
		if s.workloads == nil {
			return nil, errNoCluster
		}
		add(compile.Kubernetes, lookEvery, watchedSource(s.workloads, watched))
	}
	for _, name := range names {
		provider, err := b.providers.aws(ctx, name)
		if err != nil {
			return nil, err
		}
		add(name, workload.Interval, ecs.New(provider, services[name])...)
	}
	return out, nil
}
