package demand

import (
	"math"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Ratio proposes ceil(ready × signal / target), with the replicas that were ready
// when the sample was true. It computes anew only when a new sample comes:
// otherwise one ratio, applied to the replicas that it has itself added, would
// multiply them again and again.
type Ratio struct {
	Signal string
	Target float64 // above 0
	// Guard may add replicas and never remove any.
	Guard bool
	// Tolerance, as a fraction, around the target within which nothing changes.
	Tolerance float64
	// MaxAdd, as a fraction, is how far a guard may go above the other demands.
	MaxAdd float64
	// HoldFor is how long a guard's last proposal counts while its source fails.
	HoldFor time.Duration
}

// Propose implements policy.Demand.
func (r Ratio) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	o := in.View.Observe(r.Signal)
	if r.Guard && o.Answered() {
		st.Last = nil
		return policy.Proposal{State: policy.Abstained, Reason: policy.ReasonNoTraffic, Signal: r.Signal}, st
	}
	st = r.own(st)
	k, ok := o.(signals.Known)
	if !ok {
		return r.withoutNumber(in, o, st), st
	}
	if in.Workload.State != policy.WorkloadKnown {
		return doubtful(r.Signal, policy.ReasonNoWorkload), st
	}
	p := begin(r.Signal, k)
	// On replicas that the latest look did not see, nothing is lowered.
	p.MayLower = p.MayLower && in.Workload.Reason == ""
	if st.Last != nil && st.Key == k.Key() {
		return again(*st.Last, p), st
	}
	p.Divisor, p.Ready, p.Guard, p.MaxAdd = r.Target, in.Workload.ReadyAt(k.BornAt()), r.Guard, r.MaxAdd
	p.Expires = k.BornAt() + r.HoldFor // a proposal may be held where its signal may not
	p = r.compute(p, k.Value(), in.Workload.Ordered)
	if p.State == policy.Proposed {
		if st.Key = k.Key(); st.Last == nil {
			st.Last = new(policy.Proposal)
		}
		*st.Last = p
	}
	return p, st
}

// again is the proposal already made for the newest sample, with what may since have
// changed: whether it may lower, and why not.
func again(last, now policy.Proposal) policy.Proposal {
	last.MayLower = now.MayLower
	if now.Reason != "" || last.Reason == policy.ReasonMassGuard {
		last.Reason = now.Reason
	}
	return last
}

// own forgets what was remembered under other settings.
func (r Ratio) own(st policy.DemandState) policy.DemandState {
	if l := st.Last; l != nil && (l.Signal != r.Signal || l.Divisor != r.Target || l.Guard != r.Guard || l.MaxAdd != r.MaxAdd) {
		st.Last = nil
	}
	return st
}

// compute proposes what is ordered already where the signal is close enough to its
// target, and else replicas in proportion.
func (r Ratio) compute(p policy.Proposal, value float64, ordered int32) policy.Proposal {
	off := math.Round((value/r.Target-1)*1e9) / 1e9 // 1.1 - 1 is a little more than 0.1
	if math.Abs(off) <= r.Tolerance {
		p.Replicas = ordered
		if p.Reason == "" {
			p.Reason = policy.ReasonTolerated
		}
		return p
	}
	return settle(p, float64(p.Ready)*value/r.Target)
}

// withoutNumber is unknown, but for a guard whose last proposal still counts.
func (r Ratio) withoutNumber(in *policy.Input, o signals.Observation, st policy.DemandState) policy.Proposal {
	if r.Guard && st.Last != nil && in.View.Now().Mono < st.Last.Expires {
		p := *st.Last
		p.Reason, p.MayLower = policy.ReasonHeld, false
		return p
	}
	return doubtful(r.Signal, policy.ReasonOf(o))
}
