package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/runner"
	cwsink "github.com/scaler-dev/scaler/internal/sinks/cloudwatch"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
	"github.com/scaler-dev/scaler/internal/sinks/stdout"
)

const publishTimeout = 10 * time.Second

// builder makes pipelines of documents.
type builder struct {
	o      Options
	clock  *clock.Clock
	log    *slog.Logger
	shards int
	// Shards build, each in its own time, of the same providers.
	mu        sync.Mutex
	providers *providers // guarded by mu
	// served says that this process serves the board, from its start to its end.
	served bool
	floors *ecssink.Floors
}

func newBuilder(o Options, l *loader, c *clock.Clock, log *slog.Logger, p *providers, s shards, f *ecssink.Floors) *builder {
	return &builder{o: o, clock: c, log: log, shards: len(s), providers: p, served: servesExternalMetrics(o, l), floors: f}
}

// servesExternalMetrics tells whether the documents of the start turn the external
// metrics API on. Later ones change that, as any address, at the next start.
func servesExternalMetrics(o Options, l *loader) bool {
	return l.first.Config.Spec.ExternalMetrics != nil && !o.DryRun
}

// build makes the pipeline of a shard. It calls nobody: a provider that is away
// shows in its signals' states.
func (b *builder) build(ctx context.Context, docs *config.Documents, s *shard) (*runner.Pipeline, error) {
	spread, err := compile.Shards(docs.Policies, b.shards)
	if err != nil {
		return nil, err
	}
	policies := spread[s.index]
	program, err := compile.Compile(policies)
	if err != nil {
		return nil, err
	}
	p := &runner.Pipeline{Hash: docs.Hash, Tick: docs.Config.Spec.Tick.Duration, Spec: program.Spec}
	if p.Policies, err = json.Marshal(policies); err != nil {
		return nil, fmt.Errorf("write the policies: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.providers.use(docs.Providers)
	if p.Polls, err = b.polls(ctx, docs, program); err != nil {
		return nil, err
	}
	p.Recalls = b.recalls(docs, program)
	if p.Looks, err = b.looks(ctx, program, s); err != nil {
		return nil, err
	}
	p.Sinks, err = b.sinks(ctx, docs, program, s)
	return p, err
}

// memory are the sinks that only swap memory: those of every replica.
func (b *builder) memory(program *compile.Program, s *shard) []runner.Sink {
	out := []runner.Sink{{Name: "prometheus", Sink: s.metrics}}
	if b.served {
		out = append(out, runner.Sink{Name: "externalMetrics", Sink: boardSink(s.board, program.ExternalMetrics)})
	}
	return out
}

func (b *builder) sinks(ctx context.Context, docs *config.Documents, program *compile.Program, s *shard) ([]runner.Sink, error) {
	out := b.memory(program, s)
	if docs.Config.Spec.Stdout != nil || b.o.DryRun {
		out = append(out, runner.Sink{Name: "stdout", Sink: stdout.New(b.o.Stdout)})
	}
	if b.o.DryRun {
		return out, nil
	}
	if n := len(program.ExternalMetrics); n > 0 && docs.Config.Spec.ExternalMetrics == nil {
		b.log.Warn("policies publish an external metric, and the external metrics API is off: set spec.externalMetrics of a ScalerConfig", "policies", n)
	}
	aws, err := b.cloudWatchSinks(ctx, program)
	if err != nil {
		return nil, err
	}
	floors, err := b.floorSinks(ctx, program)
	return slices.Concat(out, aws, floors), err
}

// cloudWatchSinks makes one sink for each provider, namespace and period.
func (b *builder) cloudWatchSinks(ctx context.Context, program *compile.Program) ([]runner.Sink, error) {
	type key struct {
		provider, namespace string
		period              v1alpha1.Duration
	}
	var keys []key
	groups := map[key][]cwsink.Policy{}
	for _, t := range program.CloudWatch {
		k := key{t.Sink.Provider, t.Sink.Namespace, t.Sink.Period}
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], cwsink.Policy{ID: t.Policy, Compensate: t.Sink.Compensate, Signals: t.Sink.Signals})
	}
	var out []runner.Sink
	for _, k := range keys {
		provider, err := b.providers.aws(ctx, k.provider)
		if err != nil {
			return nil, err
		}
		settings := cwsink.Settings{Namespace: k.namespace, Period: k.period.Duration, Mono: b.clock.Mono}
		out = append(out, runner.Sink{
			Name:   fmt.Sprintf("cloudWatch/%s/%s/%s", k.provider, k.namespace, k.period),
			Sink:   cwsink.New(provider, settings, groups[k]),
			Period: k.period.Duration, Timeout: publishTimeout,
		})
	}
	return out, nil
}

// providers are the providers of the documents. AWS clients live through reloads
// that do not change them.
type providers struct {
	docs    map[string]*v1alpha1.SignalProvider
	made    map[string]madeAWS
	metrics *awsx.Metrics // of AWS' calls
}

type madeAWS struct {
	spec     v1alpha1.AWSProvider
	provider *awsx.Provider
}

func newProviders(m *awsx.Metrics) *providers {
	return &providers{made: map[string]madeAWS{}, metrics: m}
}

// use takes up new documents and closes what they no longer have.
func (p *providers) use(docs map[string]*v1alpha1.SignalProvider) {
	p.docs = docs
	for name, m := range p.made {
		if d := docs[name]; d == nil || d.Spec.AWS == nil || !reflect.DeepEqual(*d.Spec.AWS, m.spec) {
			m.provider.Close()
			delete(p.made, name)
		}
	}
}

func (p *providers) aws(ctx context.Context, name string) (*awsx.Provider, error) {
	if m, ok := p.made[name]; ok {
		return m.provider, nil
	}
	spec := *p.docs[name].Spec.AWS
	made, err := awsx.New(ctx, spec, p.metrics.Observer(name))
	if err != nil {
		return nil, fmt.Errorf("provider %s: %w", name, err)
	}
	p.made[name] = madeAWS{spec, made}
	return made, nil
}
