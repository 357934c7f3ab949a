package replay

import (
	"fmt"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Binding is what a signal reads of the model, and how.
type Binding struct {
	Quantity Quantity
	Sampling Sampling
}

// Policy is a user's policy on a model: what production runs, with its sources and
// its workload simulated.
type Policy struct {
	engine   *engine.Engine
	feeds    []feed
	workload *workload.ID
	look     time.Duration    // when the workload is next looked at
	latest   *policy.Decision // lent
	tick     engine.Tick
}

// feed is a subject that is polled.
type feed struct {
	Binding

	subject  signals.Subject
	interval time.Duration
	next     time.Duration
	sample   [1]signals.Sample
}

// NewPolicy compiles a policy, each of whose signals is bound.
func NewPolicy(doc *v1alpha1.ScalingPolicy, bindings map[string]Binding) (*Policy, error) {
	program, err := compile.Compile([]*v1alpha1.ScalingPolicy{doc})
	if err != nil {
		return nil, err
	}
	p := &Policy{latest: &policy.Decision{}, engine: engine.New(program.Spec, engine.State{}), workload: program.Spec.Policies[0].Workload}
	intervals := map[signals.Subject]time.Duration{}
	for _, s := range program.Spec.Subjects {
		intervals[s.Subject] = s.Interval
	}
	bound := map[signals.Subject]Binding{}
	for _, s := range program.Spec.Policies[0].Signals {
		b, ok := bindings[s.Name]
		if !ok {
			return nil, fmt.Errorf("signal %s: nothing of the model is bound to it", s.Name)
		}
		if s.Shared && b.Quantity == v1alpha1.ArrivalsPerReplica {
			b.Quantity = v1alpha1.Arrivals // the engine divides
		}
		if other, ok := bound[s.Subject]; ok {
			if other != b {
				return nil, fmt.Errorf("signal %s: another signal that reads the same is bound to %s", s.Name, other.Quantity)
			}
			continue
		}
		bound[s.Subject] = b
		p.feeds = append(p.feeds, feed{Binding: b, subject: s.Subject, interval: intervals[s.Subject]})
	}
	return p, nil
}

// Reach is how far back the policy's sources look.
func (p *Policy) Reach() time.Duration {
	reach := time.Duration(0)
	for _, f := range p.feeds {
		reach = max(reach, f.Sampling.reach())
	}
	return reach
}

// Decide polls what is due and decides. The decision is overwritten by the next.
func (p *Policy) Decide(w *World) *policy.Decision {
	now := signals.Instant{Wall: w.Wall(), Mono: w.Now()}
	p.tick = engine.Tick{Now: now, Outcomes: p.tick.Outcomes[:0], Workloads: p.tick.Workloads[:0]}
	for i := range p.feeds {
		if f := &p.feeds[i]; now.Mono >= f.next {
			f.next = now.Mono + f.interval
			p.tick.Outcomes = append(p.tick.Outcomes, f.poll(w, now))
		}
	}
	if p.workload != nil && now.Mono >= p.look {
		p.look = now.Mono + workload.Interval
		s := w.State()
		p.tick.Workloads = append(p.tick.Workloads, workload.Observation{ID: *p.workload, At: now, Ordered: s.Ready + s.Starting, Ready: s.Ready})
	}
	p.latest = &p.engine.Lend(p.tick)[0]
	return p.latest
}

// Latest is a copy of the latest decision, to be kept.
func (p *Policy) Latest() policy.Decision { return p.latest.Clone() }

func (f *feed) poll(w *World, now signals.Instant) signals.Outcome {
	at, value, ok := w.Read(f.Quantity, f.Sampling)
	out := signals.Outcome{Subject: f.subject, At: now}
	if !ok {
		out.Err = &signals.Error{Reason: signals.Absent, Detail: "the traffic has a gap, or there was none"}
		return out
	}
	f.sample[0] = signals.Sample{At: w.start.Add(at), Value: value}
	out.Samples = f.sample[:]
	return out
}
