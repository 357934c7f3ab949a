package replay

import (
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/targettracking"
	"github.com/scaler-dev/scaler/internal/policy"
)

const (
	tracked  = "Utilization"
	onTarget = 100
	minute   = time.Minute
)

// tracking is the model of target tracking in a world, with a datapoint a minute.
type tracking struct {
	model *targettracking.Model
	next  time.Duration // when the next minute ends
}

func newTracking(target float64, least, most int32) tracking {
	return tracking{next: minute, model: targettracking.New(targettracking.Settings{
		Min: least, Max: most, Policies: []targettracking.Policy{targettracking.NewPolicy(tracked, target)},
	})}
}

// step is told the minute's value at its end.
func (t *tracking) step(w *World, value func() (float64, bool)) int32 {
	s := w.State()
	var points []targettracking.Datapoint
	if s.Now >= t.next {
		if v, ok := value(); ok {
			points = append(points, targettracking.Datapoint{Metric: tracked, At: w.start.Add(t.next - minute), Value: v})
		}
		t.next += minute
	}
	return t.model.Step(w.Wall(), targettracking.Service{Desired: s.Ready + s.Starting, Running: s.Ready}, points...).Desired
}

// TargetTracking follows decisions as AWS target tracking does, by our model of it,
// on the metric Utilization that is published once a minute.
type TargetTracking struct{ tracking }

var _ Actuator = (*TargetTracking)(nil)

// NewTargetTracking makes one with the range of the policy.
func NewTargetTracking(least, most int32) *TargetTracking {
	return &TargetTracking{newTracking(onTarget, least, most)}
}

// Follow publishes, and does what the model does.
func (t *TargetTracking) Follow(w *World, d *policy.Decision) int32 {
	return t.step(w, func() (float64, bool) {
		n, ok := d.Desired.Replicas()
		s := w.State()
		return onTarget * float64(n) / float64(max(1, s.Ready+s.Starting)), ok
	})
}

// OnRequests is target tracking by itself, on requests a second and replica: our
// model of it.
type OnRequests struct{ tracking }

var _ Autoscaler = (*OnRequests)(nil)

// NewOnRequests makes one with a target of requests a second.
func NewOnRequests(target float64, least, most int32) *OnRequests {
	return &OnRequests{newTracking(target, least, most)}
}

// Reach is how far back it looks.
func (*OnRequests) Reach() time.Duration { return 2 * minute }

// Step tells the model the last minute's mean.
func (o *OnRequests) Step(w *World) int32 {
	return o.step(w, func() (float64, bool) {
		_, v, ok := w.Read(v1alpha1.ArrivalsPerReplica, Sampling{Window: minute})
		return v, ok
	})
}
