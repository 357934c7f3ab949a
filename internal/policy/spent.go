package policy

import "slices"

// Clone is a copy of the decision that shares no memory that is ever written again:
// what is kept of one that is lent.
func (d Decision) Clone() Decision {
	out := d
	out.Signals = slices.Clone(d.Signals)
	for i := range out.Signals {
		r := &out.Signals[i]
		r.Value, r.Served = copied(r.Value), copied(r.Served)
	}
	out.Proposals, out.Trail = slices.Clone(d.Proposals), slices.Clone(d.Trail)
	for i := range out.Proposals {
		out.Proposals[i].Terms = slices.Clone(d.Proposals[i].Terms)
	}
	return out
}

// begin makes d anew: a decision of which nothing is decided yet, in the memory of the
// earlier one. (Large values are filled where they lie: what is written in small parts
// and copied at once costs a processor several times as much.)
func begin(d *Decision, id ID, in *Input) {
	readings, proposals, trail := d.Signals, d.Proposals, d.Trail
	*d = Decision{}
	now := in.View.Now()
	d.Policy, d.At, d.DataAt, d.Expires = id, now, now.Wall, now.Mono+unattended
	d.Workload = in.Workload
	d.Workload.Past = nil // the engine's memory
	d.Signals, d.Proposals, d.Trail = readings, sized(proposals, 0), sized(trail, trailLength)[:0]
}

// trailLength is how many steps a trail has, at most.
const trailLength = 6

// sized is a slice of a length in the memory of a spent one, if that is large enough;
// what is in it is to be overwritten.
func sized[T any](spent []T, n int) []T {
	if spent == nil || cap(spent) < n {
		return make([]T, n)
	}
	return spent[:n]
}

// put writes a value to where a spent one was.
func put[T any](at *T, v T) *T {
	if at == nil {
		at = new(T)
	}
	*at = v
	return at
}
