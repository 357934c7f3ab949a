package policy

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Input is everything a policy decides on.
type Input struct {
	View     signals.View
	Workload Workload
	// Past is what providers remember, where it has just been read back.
	Past []Past
}

// Policy decides: what it remembers goes on from st, and the decision takes the place of
// d, whose memory it may reuse. Equal inputs and states give equal results, whatever
// stood in d.
type Policy interface {
	Decide(in *Input, st *State, d *Decision)
}

// Demand turns signals into a proposal in replicas. Equal arguments give equal results.
// The callee may reuse the memory of the state that it was given.
type Demand interface {
	Propose(in *Input, prev DemandState) (Proposal, DemandState)
}

// Expr is a compiled expression over named numbers. Eval takes their values in
// the order of Names; what it gives may not be finite.
type Expr interface {
	Names() []string
	Eval(values []float64) (float64, error)
}

// State is what a policy remembers: plain data of bounded size.
type State struct {
	// Previous is the last decision that was a number, and ChangedAt when, on the
	// monotonic clock, it became what it is. What it points to is never written again:
	// decisions share it.
	Previous  *int32        `json:"previous,omitempty"`
	ChangedAt time.Duration `json:"changedAtNs,omitempty"`
	// Settled is Previous as of when every demand was last known: what is decided in
	// doubt must exceed it.
	Settled *int32 `json:"settled,omitempty"`
	// LastKnown is what the demands combined to then.
	LastKnown int32 `json:"lastKnown,omitempty"`
	// Seen says that Previous was decided with the workload in sight. One that was
	// missing meanwhile is another.
	Seen     bool          `json:"seen,omitempty"`
	Behavior BehaviorState `json:"behavior"`
	Demands  []DemandState `json:"demands,omitempty"`
	Signals  []SignalState `json:"signals,omitempty"`
}

// DemandState is what a demand remembers: its last proposal, and the newest
// sample that it rests on.
type DemandState struct {
	Demand string      `json:"demand"`
	Key    signals.Key `json:"key,omitzero"`
	Last   *Proposal   `json:"last,omitempty"`
	// Season is what the last days had, of a demand that follows them.
	Season *Season `json:"season,omitempty"`
	// Learned is what it found out about the replicas.
	Learned *estimate.Learned `json:"learned,omitempty"`
	// Queue is what a deadline learned.
	Queue *estimate.Queue `json:"queue,omitempty"`
	// Rate is what a demand for requests remembers.
	Rate *estimate.Rate `json:"rate,omitempty"`
	// Floor is what a season covers, in the unit of its signal. It is lent.
	Floor float64 `json:"-"`
}

// Season is what a demand knows of the last days, of which signal, and whether to go by
// it was worth it.
type Season struct {
	Signal string          `json:"signal"`
	Past   estimate.Season `json:"past"`
	Worth  estimate.Worth  `json:"worth"`
	// Asked is the floor that it last asked for, in the unit of the signal; 0: none.
	Asked float64 `json:"asked,omitempty"`
	// Filled is how much of the past was read back from the signal's provider.
	Filled time.Duration `json:"filledNs,omitempty"`
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
	// PauseDeploying pauses scaleIn while the workload is being deployed, as
	// Application Auto Scaling does. What replicas.max says is obeyed all the same.
	PauseDeploying bool
}

// NamedDemand is a demand under its name.
type NamedDemand struct {
	Name   string
	Demand Demand
	// With is another one, before it, that learns of the replicas for both; empty: it
	// does so by itself.
	With string
	// Floor is another one, a season after it, that covers what this one then need not
	// learn to; empty: none does.
	Floor string
}

// unattended is how long a decision that rests on no sample may be served
// without being made anew.
const unattended = 10 * time.Minute

// New makes a policy.
func New(s Settings) Policy { return &pipeline{Settings: s} }

type pipeline struct{ Settings }

// Decide goes from proposals to a decision: combine, doubt, scaleOut and scaleIn,
// min and max, fail-safe.
func (p *pipeline) Decide(in *Input, st *State, d *Decision) {
	begin(d, p.ID, in)
	d.Previous, d.Proposals = st.Previous, sized(d.Proposals, len(p.Demands))
	read(d, &in.View, st)
	w := &work{p: p, in: in, st: st, d: d}
	w.start()
	w.propose()
	w.decide()
}
