package plant

import (
	"slices"
	"time"
)

// serve works for a step. Where the service time is no longer than that, a replica
// is a rate; where it is longer, so many slots.
func (p *Plant) serve(dt time.Duration) {
	if p.s.ServiceTime <= dt {
		p.serveAtRate(dt)
		return
	}
	p.serveInSlots(dt)
}

// serveAtRate begins what the step's capacity is for, evenly over the step. What
// began in its last ServiceTime is still in service at its end.
func (p *Plant) serveAtRate(dt time.Duration) {
	now := p.state.Now
	p.end(now + dt)
	capacity := float64(p.state.Ready) * p.s.Rate * dt.Seconds()
	used := 0.0
	for used < capacity && p.waiting.len() > 0 {
		part := min(p.waiting.first().amount, capacity-used)
		from, to := now+portion(dt, used/capacity), now+portion(dt, (used+part)/capacity)
		p.begin(part, from, to)
		used += part
	}
	p.state.Busy = 0
	if capacity > 0 {
		p.state.Busy = min(1, used/capacity) // rounding
	}
	p.state.InService += used
	if inService := used * float64(p.s.ServiceTime) / float64(max(dt, 1)); inService > 0 {
		p.finish(used - inService)
		p.working.push(job{ends: now + dt + p.s.ServiceTime, amount: inService})
		return
	}
	p.finish(used)
}

// serveInSlots begins as many as slots are free, and in each slot that becomes free
// the next.
func (p *Plant) serveInSlots(dt time.Duration) {
	now, end := p.state.Now, p.state.Now+dt
	slots := float64(p.state.Ready) * p.s.Rate * p.s.ServiceTime.Seconds()
	p.occupy(max(0, slots-p.onReady()), now)
	for p.working.len() > 0 && p.working.first().ends <= end {
		w := *p.working.first()
		p.working.pop()
		p.finish(w.amount)
		p.occupy(min(w.amount-w.left, max(0, slots-p.onReady())), w.ends)
	}
	p.state.Busy = 0
	if slots > 0 {
		p.state.Busy = min(1, p.onReady()/slots)
	}
}

// occupy begins up to so many at an instant.
func (p *Plant) occupy(slots float64, at time.Duration) {
	begun := 0.0
	for begun < slots && p.waiting.len() > 0 && p.waiting.first().from <= at {
		part := min(p.waiting.first().amount, slots-begun)
		p.begin(part, at, at)
		begun += part
	}
	if begun == 0 {
		return
	}
	p.state.InService += begun
	ends := at + p.s.ServiceTime
	working := p.working.all()
	i, _ := slices.BinarySearchFunc(working, ends, func(j job, t time.Duration) int { return int(j.ends - t) })
	if i < len(working) && working[i].ends == ends {
		working[i].amount += begun
		return
	}
	p.working.insert(i, job{ends: ends, amount: begun})
}

// begin takes an amount from the oldest that wait, whose service begins evenly
// between two instants.
func (p *Plant) begin(amount float64, from, to time.Duration) {
	c := p.waiting.first()
	arrived := c.from
	last := c.from + portion(c.to-c.from, amount/c.amount)
	p.begun = append(p.begun, Begun{amount, max(0, from-arrived), max(0, to-last)})
	p.state.Waiting -= amount
	if c.amount -= amount; c.amount <= tiny {
		p.state.Waiting -= c.amount
		p.state.Arrived -= c.amount
		p.waiting.pop()
	} else {
		c.from = last
	}
	if p.waiting.len() == 0 {
		p.state.Waiting = 0
	}
}

// tiny is less than any arrival: what floating point leaves of one.
const tiny = 1e-9

// end finishes what is due by an instant.
func (p *Plant) end(by time.Duration) {
	for p.working.len() > 0 && p.working.first().ends <= by {
		p.finish(p.working.first().amount)
		p.working.pop()
	}
}

func (p *Plant) finish(amount float64) {
	p.state.InService -= amount
	p.state.Served += amount
	if p.working.len() == 0 && p.state.InService < tiny {
		p.state.InService = 0
	}
}

// onReady is what is in service on replicas that go on.
func (p *Plant) onReady() float64 {
	sum := 0.0
	for _, w := range p.working.all() {
		sum += w.amount - w.left
	}
	return sum
}

func portion(d time.Duration, share float64) time.Duration {
	return time.Duration(float64(d) * min(1, share))
}
