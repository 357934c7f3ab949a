package replay

import (
	"math"
	"time"

	"github.com/scaler-dev/scaler/bench/incumbents"
	"github.com/scaler-dev/scaler/internal/policy"
)

// never binds: what scaler generate hpa prints.
const never = 1_000_000

// HPA follows decisions as a HorizontalPodAutoscaler does that scaler generate hpa
// prints: every 15 s, AverageValue 1, without tolerance or waiting of its own.
type HPA struct {
	hpa     *incumbents.HPA
	next    time.Duration
	desired float64 // NaN: unknown, which an HPA reads as an error
}

var _ Actuator = (*HPA)(nil)

// NewHPA makes one with the range of the policy.
func NewHPA(least, most int32) *HPA {
	a := &HPA{}
	s := incumbents.DefaultHPA(1, func(incumbents.Seen) float64 { return a.desired }, most)
	s.Min, s.Tolerance = least, incumbents.Tolerance{}
	rules := incumbents.Rules{Policies: []incumbents.Policy{{Type: incumbents.Pods, Value: never, Period: 15 * time.Second}}}
	s.Behavior = &incumbents.Behavior{Up: rules, Down: rules}
	a.hpa = incumbents.NewHPA(s)
	return a
}

// Follow reads the decision when a sync is due.
func (a *HPA) Follow(w *World, d *policy.Decision) int32 {
	s := w.State()
	ordered := s.Ready + s.Starting
	if s.Now < a.next {
		return ordered
	}
	a.next = s.Now + a.hpa.Every()
	a.desired = math.NaN()
	if n, ok := d.Desired.Replicas(); ok {
		a.desired = float64(n)
	}
	return a.hpa.Step(incumbents.Seen{Now: s.Now, Ready: s.Ready, Ordered: ordered})
}
