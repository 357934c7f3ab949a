package signals

// MassGuard is the reason that keeps a signal from lowering while too many of its
// provider's subjects fail at once.
const MassGuard Reason = "mass_guard"

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
