package engine

import (
	"slices"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// State is everything an engine remembers: plain data.
type State struct {
	Subjects  []SubjectState  `json:"subjects,omitempty"`
	Policies  []PolicyState   `json:"policies,omitempty"`
	Workloads []WorkloadState `json:"workloads,omitempty"`
	Guards    []Guard         `json:"guards,omitempty"`
}

// SubjectState is what is remembered of a subject.
type SubjectState struct {
	signals.Subject

	Ring  signals.Ring `json:"ring"`
	Guard GuardMark    `json:"guard"`
}

// PolicyState is what a policy remembers.
type PolicyState struct {
	ID    policy.ID    `json:"id"`
	State policy.State `json:"state"`
}

// State hands over what the engine remembers; the engine is not used any more.
func (e *Engine) State() State {
	s := State{Guards: e.guards}
	for _, sub := range e.subjects {
		s.Subjects = append(s.Subjects, sub.SubjectState)
	}
	for _, p := range e.policies {
		s.Policies = append(s.Policies, PolicyState{ID: p.id, State: p.state})
	}
	for _, w := range e.workloads {
		s.Workloads = append(s.Workloads, w.WorkloadState)
	}
	return s
}

func (e *Engine) addSubjects(spec Spec, from State) {
	known := make(map[signals.Subject]SubjectState, len(from.Subjects))
	for _, old := range from.Subjects {
		known[old.Subject] = old
	}
	for _, s := range spec.Subjects {
		state := SubjectState{Subject: s.Subject, Ring: signals.NewRing(s.Interval)}
		if old, ok := known[s.Subject]; ok {
			limit := state.Ring.Limit
			state.Ring, state.Guard = old.Ring, old.Guard
			state.Ring.Resize(limit)
		}
		e.subjects = append(e.subjects, subject{SubjectState: state, interval: s.Interval})
	}
	slices.SortFunc(e.subjects, func(a, b subject) int { return a.Subject.Compare(b.Subject) })
}

func (e *Engine) addGuards(from State) {
	for i, s := range e.subjects {
		if i > 0 && e.subjects[i-1].Provider == s.Provider {
			continue
		}
		g := Guard{Provider: s.Provider}
		for _, old := range from.Guards {
			if old.Provider == s.Provider {
				g = old
			}
		}
		e.guards = append(e.guards, g)
	}
}

func (e *Engine) addWorkloads(spec Spec, from State) {
	for _, p := range spec.Policies {
		if p.Workload == nil {
			continue
		}
		e.workloads = append(e.workloads, workloadMemory{WorkloadState{ID: *p.Workload}})
	}
	slices.SortFunc(e.workloads, func(a, b workloadMemory) int { return a.ID.Compare(b.ID) })
	e.workloads = slices.CompactFunc(e.workloads, func(a, b workloadMemory) bool { return a.ID == b.ID })
	for _, old := range from.Workloads {
		if i, ok := e.findWorkload(old.ID); ok {
			e.workloads[i].WorkloadState = old
		}
	}
}

func (e *Engine) addPolicies(spec Spec, from State) {
	known := make(map[policy.ID]policy.State, len(from.Policies))
	for _, old := range from.Policies {
		known[old.ID] = old.State
	}
	for _, p := range spec.Policies {
		e.addPolicy(p, known[p.ID])
	}
	slices.SortFunc(e.policies, func(a, b compiled) int { return a.id.Compare(b.id) })
}

func (e *Engine) addPolicy(p Policy, from policy.State) {
	c := compiled{id: p.ID, policy: p.Policy, state: from, workload: -1}
	for _, s := range p.Signals {
		i, ok := e.find(s.Subject)
		if !ok {
			continue // a spec names every subject; one it does not name is never polled
		}
		g, _ := e.findGuard(s.Subject.Provider)
		var shared *share
		if s.Shared {
			shared = &share{min: s.Rules.Min, max: s.Rules.Max}
			s.Rules.Min, s.Rules.Max = 0, signals.MaxValue
		}
		e.subjects[i].widen(s.Rules)
		c.names = append(c.names, s.Name)
		c.signals = append(c.signals, bound{subject: i, guard: g, rules: s.Rules, shared: shared, recall: s.Recall})
	}
	if p.Workload != nil {
		c.workload, _ = e.findWorkload(*p.Workload)
	}
	e.policies = append(e.policies, c)
	if n := len(c.signals); n > len(e.slots) {
		e.slots = make([]signals.Slot, n)
	}
}

// widen takes a signal's rules into account for what is common to all of the
// subject's signals.
func (s *subject) widen(r signals.Rules) {
	if s.freshFor == 0 {
		s.freshFor = r.FreshFor
		s.Ring.Bound(r.Min, r.Max)
	}
	s.freshFor = min(s.freshFor, r.FreshFor)
	s.zeroes = s.zeroes || r.AbsentIsZero
	s.Ring.Bound(min(s.Ring.Min, r.Min), max(s.Ring.Max, r.Max))
}
