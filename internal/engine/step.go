package engine

import (
	"slices"
	"sort"
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
	lent      []policy.Decision
	pasts     []signals.Past // of the tick

	// Of the policy that is deciding.
	slots   []signals.Slot
	scratch []signals.Observation
	input   policy.Input
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
	recall  bool   // its past is wanted
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
	e.takeIn(t)
	decisions := make([]policy.Decision, len(e.policies))
	for i := range e.policies {
		e.decide(&e.policies[i], t.Now, &decisions[i])
	}
	return decisions
}

// Lend is Step for those who keep nothing: the next Lend overwrites its decisions.
func (e *Engine) Lend(t Tick) []policy.Decision {
	e.takeIn(t)
	if e.lent == nil {
		e.lent = make([]policy.Decision, len(e.policies))
	}
	for i := range e.policies {
		e.decide(&e.policies[i], t.Now, &e.lent[i])
	}
	return e.lent
}

func (e *Engine) takeIn(t Tick) {
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
	e.pasts = t.Past
	e.watch(t.Now)
}

func (e *Engine) decide(p *compiled, now signals.Instant, d *policy.Decision) {
	in := &e.input
	in.Past = e.offer(p)
	in.Workload = policy.Workload{State: policy.WorkloadNone}
	if p.workload >= 0 {
		e.workloads[p.workload].at(now, &in.Workload)
	}
	e.scratch = e.scratch[:0]
	for i := range p.signals {
		b := &p.signals[i]
		o := e.subjects[b.subject].Ring.ObserveIn(&e.slots[i], now, b.rules)
		if b.shared != nil {
			o = b.shared.of(o, &in.Workload)
		}
		if e.guards[b.guard].Tripped {
			o = signals.Guarded(o)
		}
		e.scratch = append(e.scratch, o)
	}
	in.View = signals.NewView(now, p.names, e.scratch)
	p.policy.Decide(in, &p.state, d)
	for i, b := range p.signals[:min(len(p.signals), len(d.Signals))] {
		d.Signals[i].Provider = e.subjects[b.subject].Provider
	}
}

func (e *Engine) find(s signals.Subject) (int, bool) {
	return sort.Find(len(e.subjects), func(i int) int { return s.Compare(e.subjects[i].Subject) })
}

func (e *Engine) findWorkload(id workload.ID) (int, bool) {
	return sort.Find(len(e.workloads), func(i int) int { return id.Compare(e.workloads[i].ID) })
}

func (e *Engine) findGuard(provider string) (int, bool) {
	return slices.BinarySearchFunc(e.guards, provider, func(g Guard, p string) int { return strings.Compare(g.Provider, p) })
}
