package cloudwatch

import (
	"math"
	"slices"

	"github.com/scaler-dev/scaler/internal/policy"
)

// What target tracking does about a target of 100, as far as it is documented: it
// removes capacity once the metric is more than a tenth below, and rounds what it
// keeps up.
const (
	lowBand    = 90.0
	underBand  = 89.0
	wholeScale = 100.0
)

// utilization is 100 × desired ÷ what is ordered already, or less where the policy
// compensates.
func (s *Sink) utilization(desired int32, d policy.Decision) float64 {
	value := wholeScale * float64(desired) / float64(max(1, d.Workload.Ordered))
	if s.policies[d.Policy].Compensate {
		return compensate(value, desired, d)
	}
	return value
}

// compensate reports at most 89 where the decision is confirmed, lower than what is
// ordered, and yet within the band in which target tracking keeps everything. It does
// not where 89 would remove more than the decision does: so it removes one task of up to
// 18, two of up to 27, and so on. Nor while tasks are not all ready, since then it
// matters which count AWS multiplies.
func compensate(value float64, desired int32, d policy.Decision) float64 {
	w := d.Workload
	if value < lowBand || desired >= w.Ordered || w.Ready != w.Ordered || w.Deploying || !confirmed(d) {
		return value
	}
	if kept := math.Ceil(float64(w.Ordered) * underBand / wholeScale); kept < float64(desired) {
		return value
	}
	return underBand
}

// confirmed says that nothing is held in the decision.
func confirmed(d policy.Decision) bool {
	return slices.ContainsFunc(d.Trail, func(s policy.Step) bool {
		return s.Stage == policy.StageDoubt && s.Reason == policy.ReasonConfirmed
	})
}
