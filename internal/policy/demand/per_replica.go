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
	Amount float64 // above 0
}

// Propose implements policy.Demand.
func (r PerReplica) Propose(in policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	o := in.View.Observe(r.Signal)
	k, ok := o.(signals.Known)
	if !ok {
		return doubtful(r.Signal, policy.ReasonOf(o)), st
	}
	p := begin(r.Signal, k)
	p.Divisor = r.Amount
	return settle(p, k.Value()/r.Amount), st
}
