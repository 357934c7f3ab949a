package signals

// MassGuard is the reason that keeps a signal from lowering while too many of its
// provider's subjects fail at once.
const MassGuard Reason = "mass_guard"

// Withheld is the observation without its number, for a reason.
func Withheld(o Observation, why Reason) Observation {
	k, ok := o.(known)
	if !ok {
		return o
	}
	u := k.unknown
	u.state, u.reason = stateOf(why), why
	return u
}

// Divided is the observation of a part of what was observed; by is above 0.
func Divided(o Observation, by float64) Observation {
	k, ok := o.(known)
	if !ok {
		return o
	}
	k.value /= by
	return k
}

// Guarded is the observation without the right to lower.
func Guarded(o Observation) Observation {
	k, ok := o.(known)
	if !ok {
		return o
	}
	k.mayLower = false
	if k.reason == "" {
		k.reason = MassGuard
	}
	return k
}
