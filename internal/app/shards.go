package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"go.uber.org/fx"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/mirror"
	"github.com/scaler-dev/scaler/internal/replica"
	"github.com/scaler-dev/scaler/internal/runner"
	promsink "github.com/scaler-dev/scaler/internal/sinks/prometheus"
)

// shard is one of the parts that policies are spread over: what it serves from,
// and this process's part in it.
type shard struct {
	index   int
	board   *board
	metrics *promsink.Sink
	hub     *mirror.Hub
	// workloads of the cluster, watched while this process leads; nil: there is none.
	workloads *watch
	*replica.Shard
}

// shards are all of them; without high availability there is one.
type shards []*shard

// newShards makes what shards serve from.
func newShards(l *loader, c *clock.Clock, reg *prometheus.Registry) shards {
	out := make(shards, shardCount(l.first.Config.Spec))
	var shown promsink.Sinks
	for i := range out {
		out[i] = &shard{index: i, board: newBoard(c.Mono), metrics: promsink.New(c.Mono), hub: mirror.NewHub()}
		shown = append(shown, out[i].metrics)
	}
	reg.MustRegister(shown)
	return out
}

func shardCount(s v1alpha1.ScalerConfigSpec) int {
	if s.HighAvailability == nil {
		return 1
	}
	return int(s.HighAvailability.Shards)
}

func (s shards) hubs() []*mirror.Hub {
	out := make([]*mirror.Hub, len(s))
	for i := range s {
		out[i] = s[i].hub
	}
	return out
}

// Status is how the process stands; nil while a shard of it has not begun.
func (s shards) Status() *runner.Status {
	all := make([]*runner.Status, len(s))
	for i := range s {
		all[i] = s[i].Status()
	}
	return runner.Merge(all)
}

// Lift lifts a provider's mass guard where this process leads; false: nowhere.
func (s shards) Lift(provider string) bool {
	led := false
	for _, one := range s {
		led = one.Lift(provider) || led
	}
	return led
}

// Changed says that the documents may have changed.
func (s shards) Changed() {
	for _, one := range s {
		one.Changed()
	}
}

// followers counts the processes that follow this one.
func (s shards) followers() int {
	n := 0
	for _, one := range s {
		n = max(n, one.hub.Followers())
	}
	return n
}

// leads counts the shards that this process leads.
func (s shards) leads() int {
	n := 0
	for _, one := range s {
		if one.Leads() {
			n++
		}
	}
	return n
}

// shardParts are what the shards' loops are made of.
type shardParts struct {
	fx.In

	Lifecycle fx.Lifecycle
	Loader    *loader
	Builder   *builder
	Clock     *clock.Clock
	Log       *slog.Logger
	Registry  *prometheus.Registry
	Recorder  *runner.Recorder
	Metrics   *runner.Metrics
	Shards    shards
	Cluster   *cluster
	Failures  failures
}

// startShards gives every shard its part and runs it.
func startShards(p shardParts) error {
	if p.Recorder != nil && len(p.Shards) > 1 {
		return startFailed(errRecordShards)
	}
	if _, err := p.Builder.build(context.Background(), p.Loader.first, p.Shards[0]); err != nil {
		return startFailed(err) // while the start can still fail of it
	}
	for _, s := range p.Shards {
		settings := replica.Settings{
			Hub: s.hub, Mirror: &runner.Mirror{Clock: p.Clock, Log: p.Log}, Log: p.Log,
			Lead: func(ctx context.Context) (*runner.Runner, *runner.Pipeline, error) { return p.lead(ctx, s) },
		}
		p.Cluster.join(&settings, s, p.Builder, p.Log)
		s.Shard = replica.New(settings)
		background(p.Lifecycle, func(ctx context.Context) {
			p.Failures.report(fmt.Sprintf("run shard %d", s.index), s.Run(ctx))
		})
	}
	background(p.Lifecycle, func(ctx context.Context) { p.Loader.watch(ctx, p.Shards.Changed) })
	p.Registry.MustRegister(runner.NewStanding(p.Shards.Status))
	p.showLeading()
	return nil
}

var errRecordShards = errors.New("a record is of one shard: set spec.highAvailability.shards to 1, or do without --record")

// lead makes the loop of a term.
func (p shardParts) lead(ctx context.Context, s *shard) (*runner.Runner, *runner.Pipeline, error) {
	first, err := p.Builder.build(ctx, p.Loader.good(p.Log), s)
	if err != nil {
		return nil, nil, err
	}
	p.Builder.forgetFloors(first)
	return runner.New(runner.Settings{
		Clock: p.Clock, Log: p.Log, Record: p.Recorder, Metrics: p.Metrics,
		MaxConcurrent: int(p.Loader.first.Config.Spec.MaxConcurrentPolls),
		Feeds:         p.Cluster.feeds(s), Until: p.Cluster.until(s),
		Load: func(ctx context.Context) (*runner.Pipeline, error) {
			docs, err := p.Loader.load()
			if err != nil {
				return nil, err
			}
			warnOfNextStart(p.Log, p.Loader.first.Config.Spec, docs.Config.Spec)
			return p.Builder.build(ctx, docs, s)
		},
	}), first, nil
}

// showLeading makes a metric of who leads.
func (p shardParts) showLeading() {
	for _, s := range p.Shards {
		promauto.With(p.Registry).NewGaugeFunc(prometheus.GaugeOpts{
			Name: "scaler_leader", Help: "1 while this replica polls and decides for the shard.",
			ConstLabels: prometheus.Labels{"shard": strconv.Itoa(s.index)},
		}, func() float64 {
			if s.Leads() {
				return 1
			}
			return 0
		})
	}
}

// follow makes, of a leader's documents, what its ticks are stepped through here.
func (b *builder) follow(d mirror.Documents, s *shard) (*runner.Pipeline, error) {
	var policies []*v1alpha1.ScalingPolicy
	if err := json.Unmarshal(d.Policies, &policies); err != nil {
		return nil, fmt.Errorf("read the leader's policies: %w", err)
	}
	program, err := compile.Compile(policies)
	if err != nil {
		return nil, err
	}
	return &runner.Pipeline{Hash: d.Hash, Tick: d.Tick, Spec: program.Spec, Policies: d.Policies, Sinks: b.memory(program, s)}, nil
}
