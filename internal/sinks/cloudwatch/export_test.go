package cloudwatch

import "github.com/scaler-dev/scaler/internal/policy"

// Reported is the Utilization that would be published of a decision.
func Reported(d policy.Decision, compensated bool) float64 {
	desired, _ := d.Desired.Replicas()
	s := Sink{policies: map[policy.ID]Policy{d.Policy: {ID: d.Policy, Compensate: compensated}}}
	return s.utilization(desired, d)
}
