package signals

// MassGuard is the reason that keeps a signal from lowering while too many of its
// provider's subjects fail at once.
const MassGuard Reason = "mass_guard"

// Withheld is the observation without its number, for a reason.
func Withheld(o Observation, why Reason) Observation {
	k, ok := o.(*known)
	if !ok {
		return o
	}
	withheld := k.unknown
	withheld.state, withheld.reason = stateOf(why), why
	return &withheld
}

// Divided is the observation of a part of what was observed; by is above 0.
func Divided(o Observation, by float64) Observation {
	k, ok := o.(*known)
	if !ok {
		return o
	}
	part := *k
	part.value /= by
	return &part
}

// Guarded is the observation without the right to lower.
func Guarded(o Observation) Observation {
	k, ok := o.(*known)
	if !ok {
		return o
	}
	guarded := *k
	guarded.mayLower = false
	if guarded.reason == "" {
		guarded.reason = MassGuard
	}
	return &guarded
}
