package replay

import (
	"math"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/incumbents"
)

// Incumbent is another autoscaler in a world.
type Incumbent struct {
	scaler   incumbents.Autoscaler
	sampling Sampling
	next     time.Duration
}

var _ Autoscaler = (*Incumbent)(nil)

// NewIncumbent makes one that reads every metric with the sampling, over the time
// since its last step where that has neither period nor window.
func NewIncumbent(a incumbents.Autoscaler, s Sampling) *Incumbent {
	if s.Period == 0 && s.Window == 0 {
		s.Window = a.Every()
	}
	return &Incumbent{scaler: a, sampling: s}
}

// Reach is how far back it looks.
func (i *Incumbent) Reach() time.Duration { return i.sampling.reach() }

// Step asks it when it is due.
func (i *Incumbent) Step(w *World) int32 {
	s := w.State()
	ordered := s.Ready + s.Starting
	if s.Now < i.next {
		return ordered
	}
	for i.next <= s.Now {
		i.next += i.scaler.Every()
	}
	level := Sampling{Lag: i.sampling.Lag}
	return i.scaler.Step(incumbents.Seen{
		Now: s.Now, Ready: s.Ready, Ordered: ordered,
		Requests:    known(w.Read(v1alpha1.Arrivals, i.sampling)),
		InFlight:    known(w.Read(v1alpha1.QueueMessages, i.sampling)),
		Utilization: known(w.Read(v1alpha1.Utilization, i.sampling)),
		Visible:     known(w.Read(v1alpha1.QueueVisible, level)),
		NotVisible:  known(w.Read(v1alpha1.QueueInFlight, level)),
	})
}

func known(_ time.Duration, v float64, ok bool) float64 {
	if !ok {
		return math.NaN()
	}
	return v
}
