package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Engine evaluates policies on what arrived. It is not safe for concurrent use.
type Engine struct {
	subjects  []subject // sorted by provider, query
	policies  []compiled
	workloads []workloadMemory // sorted
	guards    []Guard          // one a provider, sorted
	scratch   []signals.Observation
}

// subject is what is fetched, with its ring and what the mass guard remembers.
type subject struct {
	SubjectState

	interval time.Duration
	freshFor time.Duration // the shortest of its signals
	zeroes   bool          // a signal takes an absent datapoint for zero
	fresh    bool          // at the last tick
}

// compiled is a policy with its signals and workload found by index.
type compiled struct {
	id       policy.ID
	policy   policy.Policy
	state    policy.State
	names    []string
	signals  []bound
	workload int // -1: none
}

type bound struct {
	subject int
	guard   int
	rules   signals.Rules
	shared  *share // nil: the signal is the subject
}

// New makes an engine that goes on from a state: what it says of subjects,
// policies and workloads that the spec has is taken over; the rest is forgotten.
func New(spec Spec, from State) *Engine {
	e := &Engine{}
	e.addSubjects(spec, from)
	e.addGuards(from)
	e.addWorkloads(spec, from)
	e.addPolicies(spec, from)
	return e
}

// Step takes in a tick and decides for every policy, in order of their ids.
func (e *Engine) Step(t Tick) []policy.Decision {
	for _, o := range t.Outcomes {
		if i, ok := e.find(o.Subject); ok {
			e.subjects[i].Ring.Add(o)
		}
	}
	for _, o := range t.Workloads {
		if i, ok := e.findWorkload(o.ID); ok {
			e.workloads[i].add(o)
		}
	}
	for _, provider := range t.Lift {
		e.lift(provider)
	}
	e.watch(t.Now)
	decisions := make([]policy.Decision, len(e.policies))
	for i := range e.policies {
		decisions[i] = e.decide(&e.policies[i], t.Now)
	}
	return decisions
}

func (e *Engine) decide(p *compiled, now signals.Instant) policy.Decision {
	w := policy.Workload{State: policy.WorkloadNone}
	if p.workload >= 0 {
		w = e.workloads[p.workload].at(now)
	}
	e.scratch = e.scratch[:0]
	for _, b := range p.signals {
		o := e.subjects[b.subject].Ring.Observe(now, b.rules)
		if b.shared != nil {
			o = b.shared.of(o, w)
		}
		if e.guards[b.guard].Tripped {
			o = signals.Guarded(o)
		}
		e.scratch = append(e.scratch, o)
	}
	in := policy.Input{View: signals.NewView(now, p.names, e.scratch), Workload: w}
	var d policy.Decision
	d, p.state = p.policy.Decide(in, p.state)
	for i, b := range p.signals[:min(len(p.signals), len(d.Signals))] {
		d.Signals[i].Provider = e.subjects[b.subject].Provider
	}
	return d
}

func (e *Engine) find(s signals.Subject) (int, bool) {
	return slices.BinarySearchFunc(e.subjects, s, func(a subject, s signals.Subject) int { return a.Subject.Compare(s) })
}

func (e *Engine) findWorkload(id workload.ID) (int, bool) {
	return slices.BinarySearchFunc(e.workloads, id, func(a workloadMemory, id workload.ID) int { return a.ID.Compare(id) })
}

func (e *Engine) findGuard(provider string) (int, bool) {
	return slices.BinarySearchFunc(e.guards, provider, func(g Guard, p string) int { return strings.Compare(g.Provider, p) })
}
