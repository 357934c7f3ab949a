package policy

import "time"

// doubt is why replicas may not be lowered, and what it is about.
type doubt struct {
	Reason  Reason
	Subject string
	// Unknown says that a demand, or their combination, is unknown; else all are
	// known and one of them may not lower. The zero doubt is none.
	Unknown bool
}

func (d doubt) none() bool { return d.Reason == "" }

// stepReason is what the trail says of it.
func (d doubt) stepReason() Reason {
	if d.Unknown && d.Reason != ReasonNotComputed {
		return ReasonDemandDoubt
	}
	return d.Reason
}

// findDoubt looks for a demand that is unknown, and failing that for one that may
// not lower.
func findDoubt(ps []Proposal) (d doubt) {
	for i := range ps {
		p := &ps[i]
		switch {
		case p.State == Doubtful:
			subject := p.Signal
			if subject == "" {
				subject = p.Demand
			}
			return doubt{Reason: p.Reason, Subject: subject, Unknown: true}
		case p.State == Proposed && !p.MayLower && d.none():
			d = doubt{Reason: ReasonUnconfirmed, Subject: p.Demand}
			if p.Reason == ReasonMassGuard {
				d.Reason = ReasonMassGuard
			}
		}
	}
	return d
}

// FailSafe is what to serve while a decision is unknown.
type FailSafe struct {
	AtLeast      int32 // 0: nothing
	WakeFromZero int32 // 0: nothing
}

// settleTime is how long after a decision changed an autoscaler may still be
// placing the order: until then what the workload has says nothing against it.
const settleTime = 2 * time.Minute

// floor is a number to serve in place of unknown. It never cuts: it is above what
// the workload has, and, until that shows the last decision's effect, not below that
// decision.
func (f FailSafe) floor(w Workload, st *State, now time.Duration) (int32, Reason, bool) {
	if w.State != WorkloadKnown || w.missing() {
		return 0, "", false
	}
	n, reason := f.AtLeast, ReasonAtLeast
	if f.WakeFromZero > n && w.Ordered == 0 && st.LastKnown > 0 {
		n, reason = f.WakeFromZero, ReasonWakeFromZero
	}
	settled := now-w.Age-st.ChangedAt >= settleTime
	if n <= w.Ordered || (st.Previous != nil && n < *st.Previous && !settled) {
		return 0, "", false
	}
	return n, reason, true
}
