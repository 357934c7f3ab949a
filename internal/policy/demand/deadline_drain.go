package demand

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// drain is how many replicas start what waits in time, first in first out: all that came
// until an instant, within the time after it. And what comes within a start-up, within the
// time after that.
//
// Replicas beyond those ordered can serve only after a start-up. Where that is too late
// for what waits, it is late, and only what came after it can still be kept.
func (d Deadline) drain(q *estimate.Queue, s sight, seconds float64) float64 {
	if s.backlog < 1 {
		return 0
	}
	plan, within, start := d.plan(q, s, seconds), d.planned(), d.StartUp.Seconds()
	left := func(until time.Duration) float64 { return max(within-(s.now-until).Seconds(), within*leastLeft) }
	n := plan.needed(s.backlog+q.Flow.Rate()*start, start+left(s.now-s.seen))
	for until, messages := range q.Arrived.Waiting(s.backlog, s.oldest()) {
		n = max(n, plan.needed(messages, left(until)))
	}
	return n
}

// leastLeft is the share of the time that there is at least for what is late, or nearly.
const leastLeft = 0.25

// oldest is since when the oldest message waits, if a signal says so; else when it was
// last looked.
func (s sight) oldest() time.Duration {
	return s.now - s.seen - time.Duration(s.age*float64(time.Second))
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
