package oracle

import "math"

// Requests bounds the cost of loads, in requests a second, that no replica may keep
// waiting: what exceeds the capacity of a step is late, and at most that share of all
// requests may be. A load that is not known is NaN, and needs nothing.
//
// With a late share of 0 the bound is exact. With another, Low is the Lagrangian
// dual: a price for each late request, and a decision for each replica whether
// serving is cheaper; the best price gives the highest bound. High is the cheapest
// schedule that the search met.
//
// Late requests do not come back in a later step: a policy that serves them late pays
// for that. Requests that may wait for a step or longer are bounded by Queue.
func Requests(p Plant, loads []float64, late float64) (Bound, error) {
	if err := p.check(loads, late); err != nil {
		return Bound{}, err
	}
	needs := make([]int, len(loads))
	for i, load := range loads {
		needs[i] = p.limit(p.need(load))
	}
	strict := p.bound(p.Layered(needs), loads)
	_, all := p.Late(strict.Schedule, loads)
	budget := late * all
	switch {
	case strict.Late*all > budget+slack*all:
		strict.Reachable = false
		return strict, nil
	case budget == 0:
		return strict, nil
	}
	return relaxed(p, loads, needs, strict, budget), nil
}

// slack is the share of all requests that sums of floats may be wrong by.
const slack = 1e-12

// near is how near to the top is near enough, as a share: the bound holds wherever the
// climb stops.
const near = 1e-8

// relaxed climbs the dual from both sides. The dual is concave and piecewise linear
// in the price: where the lines of the cheapest schedule that is late too often and of
// the dearest that is not cross, a third is better, or the top is reached.
func relaxed(p Plant, loads []float64, needs []int, strict Bound, budget float64) Bound {
	d := newDual(p, loads, needs)
	cheap, dear := d.at(0), point{hours: strict.High, late: d.unavoidable}
	if cheap.late <= budget {
		return p.bound(d.schedule(0), loads)
	}
	low, price := cheap.hours, math.Inf(1)
	for range 100 {
		crossing := (dear.hours - cheap.hours) / (cheap.late - dear.late)
		if !(crossing > 0) || math.IsInf(crossing, 0) {
			break
		}
		next := d.at(crossing)
		low = max(low, next.hours+crossing*(next.late-budget))
		top := dear.hours + crossing*(dear.late-budget)
		if next.hours+crossing*(next.late-budget) >= top-near*math.Abs(top) {
			break
		}
		if next.late > budget {
			cheap = next
			continue
		}
		dear, price = next, crossing
	}
	b := strict
	if !math.IsInf(price, 1) {
		if found := p.bound(d.schedule(price), loads); found.High < b.High {
			b = found
		}
	}
	b.Low = min(low, b.High)
	return b
}
