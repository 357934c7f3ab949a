package demand

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
)

// Window tells whether an instant lies in a recurring window of time.
type Window interface{ Contains(t time.Time) bool }

// Schedule proposes a floor within a window and abstains outside it: it can only
// add.
type Schedule struct {
	Window   Window
	Replicas int32
}

// Propose implements policy.Demand.
func (s Schedule) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	if !s.Window.Contains(in.View.Now().Wall) {
		return policy.Proposal{State: policy.Abstained, Reason: policy.ReasonOutside}, st
	}
	return policy.Proposal{State: policy.Proposed, Reason: policy.ReasonInside, Replicas: s.Replicas, MayLower: true}, st
}
