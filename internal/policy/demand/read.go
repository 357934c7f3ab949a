package demand

import (
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// read gives a signal that has a number, with a proposal begun from it, or nil
// with the finished proposal that says why there is none.
func read(in policy.Input, name string) (signals.Known, policy.Proposal) {
	o := in.View.Observe(name)
	k, ok := o.(signals.Known)
	if !ok {
		return nil, policy.Proposal{State: policy.Doubtful, Reason: policy.ReasonOf(o), Signal: name}
	}
	p := policy.Proposal{
		State: policy.Proposed, Signal: name, Value: k.Value(), MayLower: k.MayLower(),
		DataAt: k.At(), Expires: k.Expires(),
	}
	if !p.MayLower && k.Reason() == signals.MassGuard {
		p.Reason = policy.ReasonMassGuard
	}
	return k, p
}

// settle finishes a proposal with a number of replicas not yet rounded up. What
// is negative or not finite makes it unknown.
func settle(p policy.Proposal, replicas float64) policy.Proposal {
	n, ok := policy.CeilReplicas(replicas)
	if !ok {
		return policy.Proposal{State: policy.Doubtful, Reason: policy.ReasonNotComputed, Signal: p.Signal}
	}
	p.Replicas = n
	return p
}
