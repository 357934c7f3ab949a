package demand

import "github.com/scaler-dev/scaler/internal/policy"

// Expression proposes what an expression over signals gives, rounded up. It is
// unknown unless every signal that the expression names has a number.
type Expression struct{ Expr policy.Expr }

// Propose implements policy.Demand.
func (e Expression) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	names := e.Expr.Names()
	values := make([]float64, len(names))
	all := policy.Proposal{State: policy.Proposed, MayLower: true}
	for i, name := range names {
		k, p := read(in, name)
		if k == nil {
			return p, st
		}
		values[i] = p.Value
		all = oldest(all, p)
	}
	v, err := e.Expr.Eval(values)
	if err != nil {
		return doubtful("", policy.ReasonNotComputed), st
	}
	return settle(all, v), st
}

// oldest lets a proposal rest on one more signal.
func oldest(all, p policy.Proposal) policy.Proposal {
	first := all.DataAt.IsZero()
	if first || p.DataAt.Before(all.DataAt) {
		all.DataAt = p.DataAt
	}
	if first || p.Expires < all.Expires {
		all.Expires = p.Expires
	}
	all.MayLower = all.MayLower && p.MayLower
	if p.Reason != "" {
		all.Reason = p.Reason
	}
	return all
}
