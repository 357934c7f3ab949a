package floor

import (
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// NeedOf is what a decision asks of a  One that is unknown, has expired, or is
// served for want of a better one (failSafe) asks for nothing: the floor is held.
func NeedOf(d *policy.Decision, now time.Duration) Need {
	desired, known := d.Desired.Replicas()
	if !known || now >= d.Expires || has(d, policy.StageFailSafe, "") {
		return Need{}
	}
	w := d.Workload
	n := Need{Desired: desired, MayLower: has(d, policy.StageDoubt, policy.ReasonConfirmed)}
	if w.State == policy.WorkloadKnown && w.Reason != signals.Missing {
		n.Running, n.MayRaise = w.Ordered, fresh(d)
	}
	return n
}

// has tells whether a stage is in the trail; with a reason, for that.
func has(d *policy.Decision, stage policy.Stage, reason policy.Reason) bool {
	return slices.ContainsFunc(d.Trail, func(s policy.Step) bool {
		return s.Stage == stage && (reason == "" || s.Reason == reason)
	})
}

// fresh tells whether the oldest sample that decided is: what is held may keep a
// floor, and raises none.
func fresh(d *policy.Decision) bool {
	return !slices.ContainsFunc(d.Signals, func(r policy.Reading) bool {
		return r.Value != nil && r.At.Equal(d.DataAt) && r.State != signals.StateFresh
	})
}
