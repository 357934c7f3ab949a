package replay

import (
	"github.com/scaler-dev/scaler/bench/targettracking"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// WithFloor follows decisions as our model of target tracking does, with the minimum
// raised and restored as publish.ecs.floor does it in production: the same decisions
// about the floor, whose calls succeed at once and whose reads are never behind.
type WithFloor struct {
	TargetTracking

	limits floor.Limits
	memory floor.Memory
	sw     *floor.Switch
}

var _ Actuator = (*WithFloor)(nil)

// NewWithFloor makes one with the range of the policy, and the limits of its floor.
func NewWithFloor(least, most int32, limits floor.Limits) *WithFloor {
	return &WithFloor{TargetTracking: *NewTargetTracking(least, most), limits: limits}
}

// Follow sees to the floor, publishes, and does what the model does.
func (a *WithFloor) Follow(w *World, d *policy.Decision) int32 {
	now := signals.Instant{Wall: w.Wall(), Mono: w.Now()}
	if need := floor.NeedOf(d, now.Mono); a.memory.Due(now.Mono, need, a.limits) {
		a.see(now, need)
	}
	return a.TargetTracking.Follow(w, d)
}

func (a *WithFloor) see(now signals.Instant, need floor.Need) {
	least, most := a.model.Range()
	seen := floor.Seen{Registered: true, Min: least, Max: most, Switch: a.sw}
	plan, memory := floor.Step(now, need, seen, a.memory, a.limits)
	for _, action := range plan.Actions {
		memory = memory.Sending(action, now.Mono, a.limits)
		a.act(action, most)
	}
	a.memory = memory.Succeeded()
}

// act does what the call would.
func (a *WithFloor) act(action floor.Action, most int32) {
	switch action.Do {
	case floor.PutSwitch:
		a.sw = &floor.Switch{At: action.At, Restores: action.Min}
		a.model.Schedule(targettracking.Action{Name: "floor", At: action.At, Min: &a.sw.Restores})
	case floor.SetMinimum:
		a.model.Register(action.Min, most, targettracking.Suspended{})
	case floor.DeleteSwitch:
		a.sw = nil
		a.model.Schedule()
	}
}
