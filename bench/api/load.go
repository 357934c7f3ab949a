package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/externalmetrics"
)

const (
	namespaces   = 100
	tickEvery    = time.Second
	pollInterval = 15 * time.Second // of the signals; sets how many samples a ring keeps
	warmUp       = 60               // ticks before the start, enough to fill the rings
)

// load is what goes on besides the requests: a tick of all policies every second.
// Each brings every signal a new value, which is more than polls would.
type load struct {
	start  time.Time
	engine *engine.Engine
	board  *externalmetrics.Board
	sink   *externalmetrics.Sink
	ids    []policy.ID
	random *rand.Rand
	values []float64

	mu    sync.Mutex // guards spent
	spent []time.Duration
}

func newLoad(ctx context.Context, policies int) (*load, error) {
	l := &load{random: rand.New(rand.NewPCG(1, 2)), values: make([]float64, policies)}
	names := make(map[policy.ID]string, policies)
	var spec engine.Spec
	for i := range policies {
		id := policy.ID{Namespace: fmt.Sprintf("team-%02d", i%namespaces), Name: fmt.Sprintf("worker-%05d", i)}
		names[id] = id.Name
		l.ids = append(l.ids, id)
		l.values[i] = 100 + 900*l.random.Float64()
		spec.Subjects = append(spec.Subjects, engine.Subject{Subject: subjectOf(i), Interval: pollInterval})
		spec.Policies = append(spec.Policies, policyOf(id, subjectOf(i)))
	}
	l.engine = engine.New(spec, engine.State{})
	l.board = externalmetrics.NewBoard(l.mono)
	l.sink = externalmetrics.NewSink(l.board, names)
	l.start = time.Now()
	for i := range warmUp {
		if err := l.tick(ctx, time.Duration(i)*tickEvery); err != nil {
			return nil, err
		}
	}
	l.start, l.spent = time.Now(), nil
	return l, nil
}

func subjectOf(i int) signals.Subject {
	return signals.Subject{Provider: "aws", Query: fmt.Sprintf("queue-%05d", i)}
}

func policyOf(id policy.ID, subject signals.Subject) engine.Policy {
	return engine.Policy{
		ID: id,
		Policy: policy.New(policy.Settings{
			ID: id, Min: 1, Max: 200,
			Demands: []policy.NamedDemand{{Name: "drain", Demand: demand.PerReplica{Signal: "backlog", Amount: 10}}},
			ScaleIn: policy.Rules{Stabilization: 5 * time.Minute, Limits: []policy.Limit{{Percent: 50, Period: time.Minute}}},
		}),
		Signals: []engine.Signal{{Name: "backlog", Subject: subject, Rules: signals.Rules{
			Kind: signals.Total, FreshFor: 45 * time.Second, HoldFor: 10 * time.Minute, Max: signals.MaxValue,
		}}},
	}
}

// mono goes on from the warm-up, on the real clock.
func (l *load) mono() time.Duration { return warmUp*tickEvery + time.Since(l.start) }

// run ticks every second until the context ends.
func (l *load) run(ctx context.Context) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = l.tick(ctx, l.mono()) // publishing to memory gives no error
		}
	}
}

// tick changes all signals, decides and publishes; the latter two are timed.
func (l *load) tick(ctx context.Context, mono time.Duration) error {
	now := signals.Instant{Wall: l.start.Add(mono - warmUp*tickEvery), Mono: mono}
	outcomes := l.outcomes(now)
	begin := time.Now()
	err := l.sink.Publish(ctx, l.engine.Step(engine.Tick{Now: now, Outcomes: outcomes}))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spent = append(l.spent, time.Since(begin))
	return err
}

func (l *load) outcomes(now signals.Instant) []signals.Outcome {
	outcomes := make([]signals.Outcome, len(l.values))
	samples := make([]signals.Sample, len(l.values))
	for i := range l.values {
		l.values[i] = max(0, l.values[i]*(0.95+0.1*l.random.Float64()))
		samples[i].Value = l.values[i]
		outcomes[i] = signals.Outcome{Subject: subjectOf(i), At: now, Samples: samples[i : i+1]}
	}
	return outcomes
}

func (l *load) times() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spent
}
