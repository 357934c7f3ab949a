package estimate

import (
	"slices"
	"time"
)

// Learned is what is learned of a workload's replicas.
type Learned struct {
	Capacity Capacity `json:"capacity,omitzero"`
	StartUp  StartUp  `json:"startUp,omitzero"`
}

// Moved is a copy, which shares no memory, on a monotonic clock that is ahead by so
// much.
func (l *Learned) Moved(by time.Duration) *Learned {
	if l == nil {
		return nil
	}
	out := *l
	out.Capacity.Good = out.Capacity.Good.Moved(by)
	if out.Capacity.Bad > 0 {
		out.Capacity.BadAt += by
	}
	out.StartUp.Times = out.StartUp.Times.Moved(by)
	out.StartUp.Orders = moved(out.StartUp.Orders, by)
	if out.StartUp.Looked != 0 {
		out.StartUp.Looked += by
	}
	return &out
}

// Moved is a copy, which shares no memory, on a monotonic clock that is ahead by so
// much.
func (h Histogram) Moved(by time.Duration) Histogram {
	h.Weights = slices.Clone(h.Weights)
	if h.Weights != nil {
		h.At += by
	}
	return h
}

// Moved is a copy, which shares no memory, on a monotonic clock that is ahead by so
// much.
func (h *Hold) Moved(by time.Duration) Hold {
	out := Hold{Marks: moved(h.Marks, by)}
	if h.Standing != nil {
		out.Standing = new(*h.Standing)
	}
	return out
}

func moved(ms []Mark, by time.Duration) []Mark {
	ms = slices.Clone(ms)
	for i := range ms {
		ms[i].At += by
	}
	return ms
}
