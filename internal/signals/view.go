package signals

// View is what one policy knows at one instant. It is immutable.
type View struct {
	now   Instant
	names []string
	obs   []Observation
}

// NewView makes a view of observations and their signals' names, in one order.
// The caller hands both over.
func NewView(now Instant, names []string, obs []Observation) View {
	return View{now: now, names: names, obs: obs}
}

// Now is the instant of the view.
func (v View) Now() Instant { return v.now }

// Observe is the signal of that name. A name that the view does not have is a
// signal never polled.
func (v View) Observe(name string) Observation {
	for i, n := range v.names { // a policy has a handful of signals
		if n == name {
			return v.obs[i]
		}
	}
	return &unknown{state: StateAbsent, reason: NotPolled}
}

// Len is how many signals the view has.
func (v View) Len() int { return len(v.names) }

// At gives the i-th signal and its name.
func (v View) At(i int) (string, Observation) { return v.names[i], v.obs[i] }
