package oracle

import (
	"slices"
	"time"
)

// Layered is the cheapest schedule that has at least so many replicas ready in
// every step. It is exact: replica k is needed when the need is at least k, the
// replicas are equal and their needs nested, so each is decided alone. A replica
// that pauses for a gap costs a start, one that stays costs the gap; so it stays
// if the gap is not longer than the start-up. The time is linear in the steps and in
// the sum of the changes of needs.
func (p Plant) Layered(needs []int) []int {
	bridges := newFill(len(needs))
	var ended []int // by layer: the step from which it is not needed any more
	for range p.Initial {
		ended = append(ended, 0)
	}
	before := p.Initial
	for i, need := range append(slices.Clip(needs), 0) {
		for len(ended) < need {
			ended = append(ended, never)
		}
		for k := before; k < need; k++ {
			if from := ended[k]; from != never && time.Duration(i-from)*p.Step <= p.StartUp {
				bridges.add(from, i)
			}
		}
		for k := need; k < before; k++ {
			ended[k] = i
		}
		before = need
	}
	schedule := bridges.sum()
	for i, need := range needs {
		schedule[i] += need
	}
	return schedule
}

const never = -1

// fill counts replicas over steps by where they begin and end.
type fill []int

func newFill(steps int) fill { return make(fill, steps+1) }

// add one replica from a step to before another.
func (f fill) add(from, to int) {
	f[from]++
	f[to]--
}

// sum turns the changes into counts, in place.
func (f fill) sum() []int {
	counts := f[:len(f)-1]
	n := 0
	for i, change := range counts {
		n += change
		counts[i] = n
	}
	return counts
}
