package oracle

import "math"

// dual decides each replica alone, at a price of late requests.
type dual struct {
	p     Plant
	loads []float64
	runs  []run
	top   int // the most replicas that are ever needed
	// unavoidable is how many requests are late with all replicas that may run.
	unavoidable float64
}

// run is neighbouring steps of equal load: a replica changes at their ends or not at
// all, since both of its costs are linear in between.
type run struct {
	from, to int // steps
	load     float64
}

// point is what the schedule of a price costs, and how many requests it has late.
type point struct{ hours, late float64 }

func newDual(p Plant, loads []float64, needs []int) *dual {
	d := &dual{p: p, loads: loads}
	for i, load := range loads {
		if math.IsNaN(load) {
			load = 0
		}
		d.top = max(d.top, needs[i])
		if n := len(d.runs); n > 0 && d.runs[n-1].load == load {
			d.runs[n-1].to = i + 1
			continue
		}
		d.runs = append(d.runs, run{i, i + 1, load})
	}
	d.unavoidable, _ = p.Late(needs, loads)
	return d
}

// at is the cheapest at a price, in replica-hours a late request; the least late of
// equals. It holds no schedule.
func (d *dual) at(price float64) point {
	hours, _ := d.p.Cost(d.always())
	sum := point{hours: hours, late: d.unavoidable}
	active := append([]run(nil), d.runs...)
	for k := d.p.Min + 1; k <= d.top; k++ {
		active = d.busy(active, k)
		cost := d.layer(k, active, price, nil)
		sum.hours += cost.hours
		sum.late += cost.late
	}
	return sum
}

// schedule is the one that at prices.
func (d *dual) schedule(price float64) []int {
	on := newFill(len(d.loads))
	active := append([]run(nil), d.runs...)
	for k := d.p.Min + 1; k <= d.top; k++ {
		active = d.busy(active, k)
		d.layer(k, active, price, on)
	}
	schedule := on.sum()
	for i := range schedule {
		schedule[i] += d.p.Min
	}
	return schedule
}

// always is the schedule of the least replicas, which no price changes.
func (d *dual) always() []int {
	schedule := make([]int, len(d.loads))
	for i := range schedule {
		schedule[i] = d.p.Min
	}
	return schedule
}

// busy keeps, in place, the runs in which replica k would have work.
func (d *dual) busy(runs []run, k int) []run {
	kept := runs[:0]
	for _, r := range runs {
		if d.p.need(r.load) >= k {
			kept = append(kept, r)
		}
	}
	return kept
}

// state is a replica that is on, or off, after a step: what that has cost, and since
// when it is as it is.
type state struct {
	total float64
	point
	spans *span
}

// span is a stretch for which a replica is on, in a list that shares its tails.
type span struct {
	from, to int
	before   *span
}

// layer decides replica k over its busy runs. With a fill, it adds where it is on.
func (d *dual) layer(k int, busy []run, price float64, on fill) point {
	start, hour := d.p.StartUp.Hours(), d.p.Step.Hours()
	traced := on != nil
	off := state{}
	up := state{total: start, point: point{hours: start}}
	if k <= d.p.Initial {
		up = state{}
	}
	at := 0
	for _, r := range busy {
		if r.from > at {
			up = up.spend(float64(r.from-at)*hour, at, r.from, traced)
			off = cheaper(up, off)
			up = cheaper(up, off.begin(start))
		}
		steps := float64(r.to - r.from)
		work := min(d.p.PerReplica, r.load-float64(k-1)*d.p.PerReplica) * steps * d.p.Step.Seconds()
		up = up.spend(steps*hour, r.from, r.to, traced)
		off.total += price * work
		off.late += work
		off, up = cheaper(up, off), cheaper(up, off.begin(start))
		at = r.to
	}
	best := cheaper(up, off)
	for s := best.spans; s != nil; s = s.before {
		on.add(s.from, s.to)
	}
	return best.point
}

func (s state) spend(hours float64, from, to int, traced bool) state {
	s.total += hours
	s.hours += hours
	if traced {
		s.spans = &span{from, to, s.spans}
	}
	return s
}

// begin is on, after off.
func (s state) begin(start float64) state {
	s.total += start
	s.hours += start
	return s
}

// cheaper is the first unless the second is; the less late of equals.
func cheaper(a, b state) state {
	if b.total < a.total || b.total == a.total && b.late < a.late {
		return b
	}
	return a
}
