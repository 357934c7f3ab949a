package demand

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// learn takes in a new sample of the backlog: how many came, and how long one takes.
// What may not lower teaches nothing that lowers.
func (d Deadline) learn(q *estimate.Queue, s sight, mayLower bool) {
	at := s.now - s.seen
	next := estimate.QueueSeen{At: at, Backlog: s.backlog, InFlight: s.flying, Ready: s.workload.Ready}
	last := q.Last
	q.Last = &next
	if last == nil {
		q.Arrived.Since = at
		return
	}
	over := at - last.At
	if over <= 0 {
		q.Last.At = last.At
		return
	}
	c := change{from: *last, to: next, over: over, flying: s.hasFlying}
	arrived := s.arrivals
	if !s.hasArrivals {
		seconds, _ := d.service(q)
		arrived = max(0, c.growth()+c.served(seconds, d.Concurrency))
	}
	d.pace().Add(&q.Flow, arrived, over, mayLower)
	q.Arrived.Add(arrived*over.Seconds(), at, d.Within)
	if d.ServiceTime == 0 && s.hasArrivals {
		d.time(&q.Service, c, s.arrivals, mayLower)
	}
}

// change is what happened between two samples.
type change struct {
	from, to estimate.QueueSeen
	over     time.Duration
	flying   bool // messages in flight are known
}

// growth of what waits or is served, a second.
func (c change) growth() float64 {
	return (c.to.Backlog + c.to.InFlight - c.from.Backlog - c.from.InFlight) / c.over.Seconds()
}

// ready replicas on average.
func (c change) ready() float64 { return float64(c.from.Ready+c.to.Ready) / 2 }

// waiting says that there was something to begin all along.
func (c change) waiting() bool { return c.from.Backlog >= 1 && c.to.Backlog >= 1 }

// empty says that there was nothing to begin.
func (c change) empty() bool { return c.from.Backlog < 1 && c.to.Backlog < 1 }

// slots is how many messages were served at once: what is in flight, but for what
// clients only hold, or, where it is not known, as many as can be.
func (c change) slots(concurrency float64) float64 {
	all := c.ready() * concurrency
	if !c.flying {
		return all
	}
	return min(all, (c.from.InFlight+c.to.InFlight)/2)
}

// The shares of what replicas can serve that they are taken to have served where
// nothing tells: above what they need, so that fewer are tried only slowly.
const (
	servedIdle   = 0.67
	servedPartly = 0.9
)

// served a second, at most: by messages in flight, or by the replicas that were there.
func (c change) served(seconds, concurrency float64) float64 {
	rate := c.slots(concurrency) / seconds
	switch {
	case c.flying || c.waiting():
		return rate
	case c.from.Backlog >= 1 || c.to.Backlog >= 1:
		return rate * servedPartly
	default:
		return rate * servedIdle
	}
}

// time learns how long a message takes. Without a count of messages in flight, only
// what waits all along tells how many are being served: all that can be. How many were
// served is what arrived and is no longer there.
func (d Deadline) time(t *estimate.Service, c change, arrivals float64, mayLower bool) {
	switch {
	case c.flying || c.waiting():
		t.Add(c.slots(d.Concurrency), (arrivals-c.growth())*c.over.Seconds(), c.over, mayLower)
	case mayLower && c.empty():
		t.Rest(c.over)
	}
}
