// Package demand holds the rules that turn signals into proposals, one a file.
package demand

import (
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// PerReplica proposes ceil(signal / amount): what a total needs if each replica
// handles the amount.
type PerReplica struct {
	Signal string
	Amount float64 // above 0; 0: Capacity is learned
	// Capacity takes the place of the amount.
	Capacity Capacity
}

// Propose implements policy.Demand.
func (r PerReplica) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	o := in.View.Observe(r.Signal)
	k, ok := o.(signals.Known)
	if !ok {
		return doubtful(r.Signal, policy.ReasonOf(o)), st
	}
	p := begin(r.Signal, k)
	p.Divisor = r.Amount
	if r.Amount == 0 {
		known := Learned{Capacity: r.Capacity}.Learn(in, k, k.Key() != st.Key, &st)
		st.Key = k.Key()
		p.Terms = []policy.Term{known.CapacityTerm}
		if known.Capacity <= 0 {
			return unlearned(p, known), st
		}
		p.Divisor = known.Capacity
	}
	return settle(p, k.Value()/p.Divisor), st
}
