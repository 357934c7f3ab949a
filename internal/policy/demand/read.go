package demand

import (
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// read gives a signal that has a number, with a proposal begun from it, or nil
// with the finished proposal that says why there is none.
func read(in *policy.Input, name string) (signals.Known, policy.Proposal) {
	o := in.View.Observe(name)
	k, ok := o.(signals.Known)
	if !ok {
		return nil, doubtful(name, policy.ReasonOf(o))
	}
	return k, begin(name, k)
}

// begin begins a proposal from a signal that has a number.
func begin(name string, k signals.Known) policy.Proposal {
	p := policy.Proposal{
		State: policy.Proposed, Signal: name, Value: k.Value(), MayLower: k.MayLower(),
		DataAt: k.At(), Expires: k.Expires(),
	}
	if !p.MayLower && k.Reason() == signals.MassGuard {
		p.Reason = policy.ReasonMassGuard
	}
	return p
}

// doubtful is the proposal of a demand that is unknown.
func doubtful(signal string, r policy.Reason) policy.Proposal {
	return policy.Proposal{State: policy.Doubtful, Reason: r, Signal: signal}
}

// settle finishes a proposal with a number of replicas not yet rounded up. What
// is negative or not finite makes it unknown.
func settle(p policy.Proposal, replicas float64) policy.Proposal {
	n, ok := policy.CeilReplicas(replicas)
	if !ok {
		return doubtful(p.Signal, policy.ReasonNotComputed)
	}
	p.Replicas = n
	return p
}
