package v1alpha1

import "time"

const (
	defaultLate  Percent = 0.1
	defaultChurn         = 5 * time.Minute
)

func (r *RateDemand) setDefaults() {
	if r == nil {
		return
	}
	r.Churn = orDefault(r.Churn, Duration{defaultChurn})
	if r.Margin == nil {
		r.Late = orDefault(r.Late, defaultLate)
	}
}
