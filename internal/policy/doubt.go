package policy

// doubt is the first reason for which replicas may not be lowered, and what it is
// about.
type doubt struct {
	Reason  Reason
	Subject string
}

func (d doubt) stepReason(doubtful bool) Reason {
	if doubtful {
		return ReasonDemandDoubt
	}
	return d.Reason
}

// findDoubt looks for a demand that is unknown, and failing that for one that may
// not lower. doubtful tells the former.
func findDoubt(ps []Proposal) (d doubt, doubtful bool) {
	for _, p := range ps {
		switch {
		case p.State == Doubtful:
			subject := p.Signal
			if subject == "" {
				subject = p.Demand
			}
			return doubt{Reason: p.Reason, Subject: subject}, true
		case p.State == Proposed && !p.MayLower && d.Reason == "":
			d = doubt{Reason: ReasonUnconfirmed, Subject: p.Demand}
			if p.Reason == ReasonMassGuard {
				d.Reason = ReasonMassGuard
			}
		}
	}
	return d, false
}

// FailSafe is what to serve while a decision is unknown.
type FailSafe struct {
	AtLeast      int32 // 0: nothing
	WakeFromZero int32 // 0: nothing
}

// floor is a number to serve in place of unknown: always above what the workload
// has, so that it never cuts.
func (f FailSafe) floor(w Workload, lastKnown int32) (int32, Reason, bool) {
	if w.State != WorkloadKnown {
		return 0, "", false
	}
	if f.AtLeast > w.Ordered {
		return f.AtLeast, ReasonAtLeast, true
	}
	if f.WakeFromZero > 0 && w.Ordered == 0 && lastKnown > 0 {
		return f.WakeFromZero, ReasonWakeFromZero, true
	}
	return 0, "", false
}
