package policy

import (
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Input is everything a policy decides on.
type Input struct {
	View     signals.View
	Workload Workload
}

// Policy decides. Equal arguments give equal results. The callee may reuse the
// memory of the state that it was given.
type Policy interface {
	Decide(in Input, prev State) (Decision, State)
}

// Demand turns signals into a proposal in replicas, in the manner of Policy.
type Demand interface {
	Propose(in Input, prev DemandState) (Proposal, DemandState)
}

// Expr is a compiled expression over named numbers. Eval takes their values in
// the order of Names; what it gives may not be finite.
type Expr interface {
	Names() []string
	Eval(values []float64) (float64, error)
}

// State is what a policy remembers: plain data of bounded size.
type State struct {
	// Previous is the last decision that was a number.
	Previous *int32 `json:"previous,omitempty"`
	// Settled is the last decision for which every demand was known.
	Settled *int32 `json:"settled,omitempty"`
	// LastKnown is the last combination for which every demand was known.
	LastKnown int32         `json:"lastKnown,omitempty"`
	Behavior  BehaviorState `json:"behavior"`
	Demands   []DemandState `json:"demands,omitempty"`
}

// DemandState is what a demand remembers: its last proposal, and the newest
// sample that it rests on.
type DemandState struct {
	Demand string      `json:"demand"`
	Key    signals.Key `json:"key,omitzero"`
	Last   *Proposal   `json:"last,omitempty"`
}

// Settings are what a policy is made of.
type Settings struct {
	ID       ID
	Min, Max int32
	Demands  []NamedDemand
	Combine  Combine
	ScaleOut Rules
	ScaleIn  Rules
	FailSafe FailSafe
}

// NamedDemand is a demand under its name.
type NamedDemand struct {
	Name   string
	Demand Demand
}

// unattended is how long a decision that rests on no sample may be served
// without being made anew.
const unattended = 10 * time.Minute

// New makes a policy.
func New(s Settings) Policy { return &pipeline{Settings: s} }

type pipeline struct{ Settings }

// Decide goes from proposals to a decision: combine, doubt, scaleOut and scaleIn,
// min and max, fail-safe.
func (p *pipeline) Decide(in Input, st State) (Decision, State) {
	now := in.View.Now()
	w := &work{p: p, in: in, st: st, d: Decision{
		Policy: p.ID, At: now, Workload: in.Workload, Previous: copyOf(st.Previous),
		Signals: readings(in.View), Trail: make([]Step, 0, 6),
		DataAt: now.Wall, Expires: now.Mono + unattended,
	}}
	w.d.Workload.Past = nil // the engine's memory
	w.previous, w.hasPrevious = w.base()
	w.propose()
	w.decide()
	return w.d, w.st
}

// work is one decision in the making.
type work struct {
	p  *pipeline
	in Input
	st State
	d  Decision

	previous    int32 // what there is to lower from
	hasPrevious bool
}

// base is the last decision, or, at a cold start, the workload's replicas.
func (w *work) base() (int32, bool) {
	if w.st.Previous != nil {
		return *w.st.Previous, true
	}
	if w.in.Workload.State == WorkloadKnown {
		// One whole scaleIn window from here on before anything is removed.
		w.st.Behavior.begin(w.in.Workload.Ordered, w.in.View.Now().Mono)
		return w.in.Workload.Ordered, true
	}
	return 0, false
}

func (w *work) propose() {
	demands := w.p.Demands
	if len(w.st.Demands) != len(demands) {
		w.st.Demands = make([]DemandState, len(demands))
	}
	w.d.Proposals = make([]Proposal, len(demands))
	for i, d := range demands {
		st := w.st.Demands[i]
		if st.Demand != d.Name {
			st = DemandState{Demand: d.Name}
		}
		prop, next := d.Demand.Propose(w.in, st)
		prop.Demand, next.Demand = d.Name, d.Name
		w.d.Proposals[i], w.st.Demands[i] = prop, next
	}
	capGuards(w.d.Proposals, w.previous)
}

func (w *work) decide() {
	doubt, doubtful := findDoubt(w.d.Proposals)
	combined, ok := w.combine()
	switch {
	case !ok:
		if !doubtful {
			doubt.Reason = ReasonAllAbstained
		}
		w.unknown(doubt)
		return
	case !doubtful && doubt.Reason == "":
		w.st.LastKnown = combined
		w.step(Step{Stage: StageDoubt, Reason: ReasonConfirmed, Before: combined, After: combined})
	case !w.hasPrevious:
		// Nothing is known that could be kept: wait for confirmation.
		if !doubtful {
			doubt.Reason = ReasonColdStart
		}
		w.unknown(doubt)
		return
	default:
		if !doubtful {
			w.st.LastKnown = combined
		}
		held := max(w.previous, combined)
		w.step(Step{Stage: StageDoubt, Reason: doubt.stepReason(doubtful), Before: combined, After: held, Bound: w.previous, Subject: doubt.Subject})
		combined = held
	}
	desired := w.clamp(w.behave(combined))
	if doubtful && !w.raises(desired) {
		w.unknown(doubt)
		return
	}
	w.known(desired, !doubtful)
}

// raises tells whether a number decided in doubt is above the last one decided
// without and above what the workload has: only then is it served.
func (w *work) raises(desired int32) bool {
	if w.st.Settled != nil && desired <= *w.st.Settled {
		return false
	}
	switch w.in.Workload.State {
	case WorkloadNone:
		return w.st.Settled != nil
	case WorkloadKnown:
		return desired > w.in.Workload.Ordered
	case WorkloadUnknown:
		return false
	default:
		return false
	}
}

func (w *work) known(desired int32, settled bool) {
	now := w.d.At.Mono
	w.st.Behavior.decided(w.previous, desired, w.hasPrevious, now, w.p.ScaleOut, w.p.ScaleIn)
	w.st.Previous = &desired
	if settled {
		w.st.Settled = &desired
	}
	w.d.Desired = Replicas(desired)
}

func (w *work) unknown(doubt doubt) {
	w.st.Behavior.suspend(w.d.At.Mono)
	if n, reason, ok := w.p.FailSafe.floor(w.in.Workload, w.st.LastKnown); ok {
		n = min(n, w.p.Max)
		w.step(Step{Stage: StageFailSafe, Reason: reason, Before: w.in.Workload.Ordered, After: n, Bound: n, Subject: doubt.Subject})
		w.d.Desired = Replicas(n)
		w.d.DataAt, w.d.Expires = w.d.At.Wall, w.d.At.Mono+unattended
		if w.hasPrevious && n > w.previous {
			w.st.Behavior.decided(w.previous, n, true, w.d.At.Mono, w.p.ScaleOut, w.p.ScaleIn)
			w.st.Previous = &n
		}
		return
	}
	w.step(Step{Stage: StageFailSafe, Reason: ReasonHold, Before: w.previous, After: w.previous, Subject: doubt.Subject})
	w.d.Desired = Unknown(doubt.Reason)
}

func (w *work) clamp(n int32) int32 {
	s := Step{Stage: StageClamp, Reason: ReasonUnchanged, Before: n, After: n}
	if n < w.p.Min {
		s.Reason, s.After, s.Bound = ReasonMin, w.p.Min, w.p.Min
	}
	if n > w.p.Max {
		s.Reason, s.After, s.Bound = ReasonMax, w.p.Max, w.p.Max
	}
	w.step(s)
	return s.After
}

func (w *work) behave(target int32) int32 {
	st, now := &w.st.Behavior, w.d.At.Mono
	if !w.hasPrevious {
		st.recommend(target, now, w.p.ScaleOut.Stabilization, w.p.ScaleIn.Stabilization)
		return target
	}
	stable := st.stabilize(w.previous, target, now, w.p.ScaleOut.Stabilization, w.p.ScaleIn.Stabilization)
	w.step(stable)
	limited := st.limit(w.previous, stable.After, now, w.p.ScaleOut, w.p.ScaleIn)
	w.step(limited)
	return limited.After
}

func (w *work) step(s Step) { w.d.Trail = append(w.d.Trail, s) }

func readings(v signals.View) []Reading {
	out := make([]Reading, v.Len())
	for i := range out {
		name, o := v.At(i)
		r := Reading{Name: name, State: o.State(), Reason: o.Reason()}
		r.Age, _ = o.Age()
		if k, ok := o.(signals.Known); ok {
			value := k.Value()
			r.Value, r.MayLower, r.At, r.Expires = &value, k.MayLower(), k.At(), k.Expires()
		}
		out[i] = r
	}
	return out
}

func copyOf(p *int32) *int32 {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
