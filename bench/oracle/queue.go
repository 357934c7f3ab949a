package oracle

import (
	"fmt"
	"math"
	"time"
)

// caps is how many heights of a schedule Queue tries, from the lowest that is
// feasible to the one that needs no levelling.
const caps = 12

// Queue bounds the cost of loads, in messages a second, that may wait for that long
// before they are begun. A load that is not known is NaN: no message.
//
// Any schedule serves, up to every moment, at most what has arrived, and at least what
// arrived a wait earlier. Low is the larger of two costs, that of the least replicas
// and that of the work that falls due, with a start for each replica that the
// tightest stretch needs (with a late share above 0: one, if there is work; late messages
// have to be served, too, so the work remains). High is the cost of a schedule that
// serves as late as it may, below a cap, serves ahead with what is left of a replica,
// and keeps replicas through gaps that are not longer than a start; the best of several
// caps, with and without replicas that go on while they have work. It is feasible, never late, and not the optimum.
func Queue(p Plant, loads []float64, wait time.Duration, late float64) (Bound, error) {
	if err := p.check(loads, late); err != nil {
		return Bound{}, err
	}
	if wait < 0 {
		return Bound{}, fmt.Errorf("the wait %v must not be negative", wait)
	}
	// A wait between two steps is longer for Low, and shorter for High.
	loose, tight := newQueue(p, loads, int((wait+p.Step-1)/p.Step)), newQueue(p, loads, int(wait/p.Step))
	least, height := loose.height(), tight.height()
	b := tight.best(height)
	b.Reachable = p.Max == 0 || height <= p.Max
	b.Low = min(loose.low(least, late), b.High)
	return b, nil
}

// queue is the arrivals of a plant, in replica-steps of work.
type queue struct {
	p       Plant
	arrived []float64 // until the end of each step
	due     []float64 // in each step: what arrived a wait earlier
}

func newQueue(p Plant, loads []float64, wait int) queue {
	q := queue{p: p, arrived: make([]float64, len(loads)), due: make([]float64, len(loads))}
	sum := 0.0
	for i, load := range loads {
		if math.IsNaN(load) {
			load = 0
		}
		work := load / p.PerReplica
		sum += work
		q.arrived[i] = sum
		if wait < len(loads)-i {
			q.due[i+wait] = work
		}
	}
	return q
}

// height is the least number of replicas that, always ready, keep every deadline.
func (q queue) height() int {
	low, high := q.p.Min, q.p.Min
	for !q.feasible(high) {
		low, high = high+1, 2*high+1
	}
	for low < high {
		if middle := (low + high) / 2; q.feasible(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

func (q queue) feasible(replicas int) bool {
	served, due := 0.0, 0.0
	for i, arrived := range q.arrived {
		served = min(arrived, served+float64(replicas))
		due += q.due[i]
		if short(due - served) {
			return false
		}
	}
	return true
}

// short tells whether work is more than what sums of floats leave.
func short(work float64) bool { return work > 1e-7 }

func (q queue) low(height int, late float64) float64 {
	work := 0.0
	for _, due := range q.due {
		work += due
	}
	starts := max(0, height-q.p.Initial)
	if late > 0 {
		starts = max(0, min(1, height)-q.p.Initial, q.p.Min-q.p.Initial)
	}
	return max(work, float64(q.p.Min*len(q.due)))*q.p.Step.Hours() + float64(starts)*q.p.StartUp.Hours()
}

// best is the cheapest of the schedules from the lowest height up.
func (q queue) best(height int) Bound {
	most := height
	for _, due := range q.due {
		most = max(most, q.p.limit(int(math.Ceil(due))))
	}
	var best Bound
	for i := range caps {
		limit := height + (most-height)*i/(caps-1)
		latest := q.latest(limit)
		for _, keep := range []bool{false, true} {
			b := Bound{Schedule: q.p.Layered(q.needs(latest, limit, keep))}
			b.High, b.Starts = q.p.Cost(b.Schedule)
			if best.Schedule == nil || b.High < best.High {
				best = b
			}
		}
		if most == height {
			break
		}
	}
	return best
}

// needs is how many replicas work in each step, at most so many, when every message
// is begun as late as that allows, and what is left of a replica serves ahead. To
// keep a replica is to let it work while it has enough to do.
func (q queue) needs(latest []float64, limit int, keep bool) []int {
	needs := make([]int, len(latest))
	served, goal, before := 0.0, 0.0, 0
	for i, work := range latest {
		goal += work
		n := q.p.Min
		if missing := goal - served - float64(n); short(missing) {
			n += int(math.Ceil(missing - 1e-7))
		}
		if keep {
			n = max(n, min(before, int(q.arrived[i]-served)))
		}
		before = min(n, limit)
		needs[i] = before
		served = min(q.arrived[i], served+float64(before))
	}
	return needs
}

// latest is the work of each step, at most so many replicas, when everything is
// done as late as its deadline allows.
func (q queue) latest(limit int) []float64 {
	work := make([]float64, len(q.due))
	carry := 0.0
	for i := len(work) - 1; i >= 0; i-- {
		carry += q.due[i]
		work[i] = min(carry, float64(limit))
		carry -= work[i]
	}
	return work
}
