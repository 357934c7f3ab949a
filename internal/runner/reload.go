package runner

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// load makes a new pipeline beside the loop, one at a time.
func (r *Runner) load(ctx context.Context) {
	if r.loading {
		r.again = true
		return
	}
	r.loading = true
	r.calls.group.Go(func() {
		p, err := r.Load(ctx)
		select {
		case r.loaded <- reload{p, err}:
		case <-ctx.Done():
		}
	})
}

// reload puts a new pipeline in the place of the one that runs, which it takes
// everything known from; a failed one changes nothing.
func (r *Runner) reload(ctx context.Context, l reload) {
	r.loading = false
	if r.again {
		r.again = false
		r.load(ctx)
	}
	now := r.Clock.Now()
	if l.err != nil {
		r.config.LastFailed, r.config.FailedAt, r.config.Failure = true, now, l.err.Error()
		r.Log.Error("documents refused, the last good ones keep running", "error", l.err)
		r.Metrics.reloaded(r.config)
		return
	}
	if l.pipeline.Hash == r.config.Hash {
		if r.config.LastFailed {
			r.Log.Info("documents are again those that run")
		}
		r.config.LastFailed, r.config.Failure = false, ""
		r.Metrics.reloaded(r.config)
		return
	}
	r.stop()
	r.polled = false
	r.install(ctx, l.pipeline, r.engine.State())
	r.Log.Info("documents loaded", "hash", l.pipeline.Hash, "policies", len(l.pipeline.Spec.Policies))
}

// install starts a pipeline.
func (r *Runner) install(ctx context.Context, p *Pipeline, state engine.State) {
	now := r.Clock.Now()
	ctx, r.stop = context.WithCancel(ctx)
	r.pipeline = p
	r.engine = engine.New(p.Spec, state)
	r.config = ConfigStatus{Hash: p.Hash, LoadedAt: now}
	r.calls.left = new(atomic.Int64)
	r.uses = usesOf(p.Spec)
	r.journal.keep(p)
	r.schedule = newSchedule(r.tasks(ctx, p), now.Mono)
	r.sinks = newSinkRuns(p.Sinks, r.sinks)
	r.nextTick = now.Mono
	r.record(p, state)
	for _, f := range r.Feeds {
		f.Documents(p)
	}
	r.recall(ctx, p, now.Wall)
	r.Metrics.reloaded(r.config)
}

// record writes the header of what follows, with the state that a run begins with.
func (r *Runner) record(p *Pipeline, from engine.State) {
	var begin *engine.State
	if r.ticks == 0 && len(from.Policies) > 0 {
		begin = &from
	}
	if err := r.Record.documents(p, begin); err != nil {
		r.Log.Error("recording stopped", "error", err)
	}
}

// tasks are the repeated calls of a pipeline.
func (r *Runner) tasks(ctx context.Context, p *Pipeline) []*task {
	var ids []callID
	var out []*task
	for _, poll := range p.Polls {
		id := callID{poll.Provider, poll.Provider}
		if subjects := poll.Source.Subjects(); len(subjects) > 0 {
			id.key = slices.MinFunc(subjects, signals.Subject.Compare).String()
		}
		ids = append(ids, id)
		out = append(out, r.calls.task(ctx, id, poll.Interval, poll.Timeout, func(ctx context.Context) { r.calls.poll(ctx, id, poll) }))
	}
	for i, look := range p.Looks {
		id := callID{look.Provider, fmt.Sprintf("%s/workloads/%d", look.Provider, i)}
		ids = append(ids, id)
		out = append(out, r.calls.task(ctx, id, look.Interval, look.Timeout, func(ctx context.Context) { r.calls.look(ctx, id, look) }))
	}
	r.calls.in.keep(ids)
	return out
}

// snapshot is the status after a tick.
func (r *Runner) snapshot(now signals.Instant, decisions []policy.Decision) *Status {
	s := &Status{
		Now: now, Ticks: r.ticks, Interval: r.pipeline.Tick, Decisions: decisions,
		Config: r.config, AllPolled: r.polled || r.calls.left.Load() <= 0,
		Uses: r.uses, Providers: r.calls.in.fare(), Recalls: r.calls.in.recalling(),
	}
	s.Subjects, s.Guards = r.engine.Status()
	for _, sink := range r.sinks {
		s.Sinks = append(s.Sinks, sink.snapshot())
	}
	return s
}
