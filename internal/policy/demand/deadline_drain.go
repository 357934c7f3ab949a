package demand

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// drain is how many replicas start what waits in time, first in first out: what
// arrived at once until it is as old as the oldest, all of it within the time, and what
// comes within a start-up, within the time after it.
//
// Replicas beyond those ordered can serve only after a start-up. Where that is too late
// for what waits, it is late, and only the last of the three can still be kept.
func (d Deadline) drain(q *estimate.Queue, s sight, seconds float64) float64 {
	if s.backlog < 1 {
		return 0
	}
	within := d.planned()
	within = max(within-s.seen.Seconds(), within/4)
	age := d.age(q, s)
	burst := max(0, s.backlog-q.Before*age)
	start := d.StartUp.Seconds()
	plan := d.plan(q, s, seconds)
	return max(
		plan.needed(burst, within-age),
		plan.needed(s.backlog, within),
		plan.needed(s.backlog+q.Flow.Rate()*start, start+within),
	)
}

// age of the oldest message in seconds: what a signal says, or else, as the queue
// moves, at most since it was last empty.
func (d Deadline) age(q *estimate.Queue, s sight) float64 {
	if s.hasAge {
		return s.age
	}
	age := max(0, s.now-s.seen-q.Empty).Seconds()
	if rate := q.Before; rate > 0 {
		age = min(age, s.backlog/rate)
	}
	return age
}

// plan is how replicas come to serve.
type plan struct {
	ready   float64 // replicas
	batches []batch // ordered, in the order in which they will serve
	start   float64 // until what is ordered now serves, in seconds
	service float64 // seconds of a message
	slots   float64 // messages that a replica serves at once
}

type batch struct{ replicas, in float64 }

func (d Deadline) plan(q *estimate.Queue, s sight, seconds float64) plan {
	p := plan{ready: float64(s.workload.Ready), start: d.StartUp.Seconds(), service: seconds, slots: d.Concurrency}
	for _, o := range q.Orders.Open {
		in := max(o.At+d.StartUp-s.now, d.StartUp/overdue)
		p.batches = append(p.batches, batch{float64(o.Replicas), time.Duration.Seconds(in)})
	}
	return p
}

// overdue is the part of a start-up that replicas are still to take that should
// serve by now.
const overdue = 10

// needed is how many replicas start so many messages in so many seconds. It takes
// those that serve, then those ordered, then new ones; where new ones would come too
// late for anything, as many as there are.
func (p plan) needed(messages, within float64) float64 {
	if messages <= 0 || within <= 0 {
		return 0
	}
	work := messages
	each := p.slots * within / p.service
	if work <= p.ready*each {
		return work / each
	}
	n := p.ready
	work -= p.ready * each
	for _, b := range append(p.batches, batch{-1, p.start}) {
		each := p.begun(within - b.in)
		switch {
		case each <= 0:
			continue
		case b.replicas < 0 || work <= b.replicas*each:
			return n + work/each
		}
		n += b.replicas
		work -= b.replicas * each
	}
	return n
}

// begun is how many messages a replica that comes with nothing to do has begun after
// so many seconds.
func (p plan) begun(after float64) float64 {
	if after <= 0 {
		return 0
	}
	return p.slots * max(1, after/p.service)
}
