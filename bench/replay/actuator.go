package replay

import "github.com/scaler-dev/scaler/internal/policy"

// Actuator follows decisions as an orchestrator does.
type Actuator interface {
	// Follow is told the latest decision with every step, and orders replicas.
	Follow(w *World, d *policy.Decision) (replicas int32)
}

// Direct orders what was decided at once; of what is unknown, what is there.
type Direct struct{}

// Follow orders at once.
func (Direct) Follow(w *World, d *policy.Decision) int32 {
	if n, ok := d.Desired.Replicas(); ok {
		return n
	}
	s := w.State()
	return s.Ready + s.Starting
}

// Documented is a policy with what follows it.
type Documented struct {
	*Policy

	Actuator Actuator
}

var _ Autoscaler = Documented{}

// Step decides, and orders what the actuator makes of it.
func (d Documented) Step(w *World) int32 {
	return d.Actuator.Follow(w, d.Decide(w))
}
