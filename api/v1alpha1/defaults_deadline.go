package v1alpha1

func (r *DeadlineDemand) setDefaults() {
	if r == nil {
		return
	}
	setDefault(&r.Concurrency, 1)
}
