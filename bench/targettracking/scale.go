package targettracking

import "time"

// scaleOut follows the policy that would have the largest capacity. Nothing is said
// while no high alarm acts.
func (m *Model) scaleOut(now time.Time, s Service) (out Outcome, said bool) {
	for _, t := range m.trackers {
		n, ready := m.wantOut(t, s)
		if !ready {
			continue
		}
		o := Outcome{Desired: max(s.Desired, m.cooled(now, n, s)), Reason: ScaledOut, By: t.Metric, Value: t.latest}
		if o.Desired == s.Desired {
			o.Reason = AtDesired
			if n > s.Desired {
				o.Reason = CoolingDown
			}
		}
		if !said || o.Desired > out.Desired {
			out, said = o, true
		}
	}
	if !said {
		return out, false
	}
	switch most := max(m.max, m.min); {
	case m.suspended.DynamicOut:
		out.Desired, out.Reason = s.Desired, OutSuspended
	case out.Desired == s.Desired:
	case s.Desired >= most:
		out.Desired, out.Reason = s.Desired, AtMax
	default:
		out.Desired = m.clamp(out.Desired)
		m.scaledOut(now, out.Desired-s.Desired, out.By)
	}
	return out, true
}

// wantOut is the capacity that a policy would have, if its high alarm acts now.
func (m *Model) wantOut(t *tracker, s Service) (int32, bool) {
	switch {
	case !t.due:
		return 0, false
	case s.Desired == 0:
		return 1, t.wakes(m.s.WakeAfter)
	default:
		return t.proportional(m.count(s)), t.high == InAlarm
	}
}

// cooled takes what the cooldown added already off what n would add.
func (m *Model) cooled(now time.Time, n int32, s Service) int32 {
	if !now.Before(m.outUntil) {
		return n
	}
	return min(n, s.Desired+max(0, n-m.count(s)-m.added))
}

// scaledOut begins the cooldown, or begins it anew, and ends that of a scale-in.
func (m *Model) scaledOut(now time.Time, added int32, metric string) {
	if !now.Before(m.outUntil) {
		m.added = 0
	}
	m.added += added
	m.outUntil = now.Add(m.policy(metric).ScaleOutCooldown)
	m.inUntil = time.Time{}
}

func (m *Model) policy(metric string) Policy {
	for _, t := range m.trackers {
		if t.Metric == metric {
			return t.Policy
		}
	}
	return Policy{}
}

// scaleIn needs every policy that may scale in to agree, and follows the one that
// would keep the most.
func (m *Model) scaleIn(now time.Time, s Service) Outcome {
	best := Outcome{Desired: -1}
	ready, enabled, due := 0, 0, false
	for _, t := range m.trackers {
		if t.DisableScaleIn {
			continue
		}
		enabled++
		if t.low != InAlarm {
			continue
		}
		ready++
		due = due || t.due
		if n := t.proportional(m.count(s)); n > best.Desired {
			best = Outcome{Desired: n, Reason: ScaledIn, By: t.Metric, Value: t.latest}
		}
	}
	stay := func(r Reason) Outcome { return Outcome{Desired: s.Desired, Reason: r, By: best.By, Value: best.Value} }
	switch {
	case !due:
		return stay(NothingToDo)
	case ready < enabled:
		return stay(PolicyDisagree)
	case m.suspended.DynamicIn:
		return stay(InSuspended)
	case s.Deploying:
		return stay(Deploying)
	case now.Before(m.inUntil):
		return stay(CoolingDown)
	case best.Desired >= s.Desired:
		return stay(WouldGoAbove)
	}
	return m.remove(now, s, best, stay)
}

// remove scales in, as far as the range and the bound of one scale-in allow.
func (m *Model) remove(now time.Time, s Service, best Outcome, stay func(Reason) Outcome) Outcome {
	if m.s.MaxScaleIn > 0 {
		best.Desired = max(best.Desired, s.Desired-m.s.MaxScaleIn)
	}
	if best.Desired = m.clamp(best.Desired); best.Desired >= s.Desired {
		return stay(AtMin)
	}
	m.inUntil = now.Add(m.policy(best.By).ScaleInCooldown)
	return best
}
