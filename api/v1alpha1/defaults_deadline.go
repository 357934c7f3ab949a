package v1alpha1

import "time"

func (r *DeadlineDemand) setDefaults() {
	if r == nil {
		return
	}
	setDefault(&r.Concurrency, 1)
	setDefault(&r.StartUp, Duration{time.Minute})
}
