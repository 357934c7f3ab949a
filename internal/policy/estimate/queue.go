package estimate

import (
	"slices"
	"time"
)

// Queue is what is learned of a queue and of those that serve it. The zero value
// knows nothing.
type Queue struct {
	Last    *QueueSeen `json:"last,omitempty"`
	Flow    Flow       `json:"flow,omitzero"`
	Service Service    `json:"service,omitzero"`
	Orders  Orders     `json:"orders,omitzero"`
	Wanted  Peak       `json:"wanted,omitzero"`
	// Arrived is what came lately: those that wait are the newest of it.
	Arrived Arrived `json:"arrived,omitzero"`
}

// QueueSeen is a queue at an instant of the monotonic clock.
type QueueSeen struct {
	At       time.Duration `json:"atNs"`
	Backlog  float64       `json:"backlog"`
	InFlight float64       `json:"inFlight,omitempty"`
	Ready    int32         `json:"ready,omitempty"`
}

// Moved is a copy that shares no memory, on a monotonic clock that is ahead by so
// much.
func (q *Queue) Moved(by time.Duration) *Queue {
	if q == nil {
		return nil
	}
	out := *q
	if q.Last != nil {
		last := *q.Last
		last.At += by
		out.Last = &last
	}
	out.Orders.Open = slices.Clone(q.Orders.Open)
	for i := range out.Orders.Open {
		out.Orders.Open[i].At += by
	}
	out.Wanted.Slots = slices.Clone(q.Wanted.Slots)
	out.Wanted.From += by
	out.Arrived = q.Arrived.moved(by)
	return &out
}
