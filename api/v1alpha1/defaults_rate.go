package v1alpha1

import "time"

const defaultLate Percent = 0.1

func (r *RateDemand) setDefaults() {
	if r == nil {
		return
	}
	r.StartUp = orDefault(r.StartUp, Duration{time.Minute})
	if r.Margin == nil {
		r.Late = orDefault(r.Late, defaultLate)
	}
}
