package estimate

import "time"

// What bounds a start-up time, and what it is taken for until enough starts were seen.
const (
	leastStartUp = time.Second
	mostStartUp  = 30 * time.Minute
	PriorStartUp = time.Minute
)

const (
	enoughStarts = 5
	maxStarts    = 16
	// blind is how long looks may be apart before what was ordered in between is not
	// known well enough to learn from.
	blind = 2 * time.Minute
)

// startUps is how start-up times are kept: within 5 %, for about a week.
func startUps() Scale {
	return Scale{Lowest: leastStartUp.Seconds(), Growth: 1.05, Buckets: 154, HalfLife: 7 * 24 * time.Hour}
}

// StartUp learns how long replicas take from their order until they are ready. The
// zero value has seen nothing.
type StartUp struct {
	Times Histogram `json:"times,omitzero"`
	// Orders that are not ready yet, and when they were given, oldest first; beyond a bound the newest are not
	// followed.
	Orders []Mark `json:"orders,omitempty"`
	// Looked is when the latest look was, and what it showed; 0: none counts.
	Looked  time.Duration `json:"lookedNs,omitempty"`
	Ordered int32         `json:"ordered,omitempty"`
	Ready   int32         `json:"ready,omitempty"`
}

// Look takes a look at the replicas. Those of a deployment teach nothing, nor do
// those that were lost without having been given up, until all are ready again. The
// replicas that were ordered first are taken to be ready first, what was given up for
// what was ordered last, and what happened between two looks to have happened in
// their middle.
func (s *StartUp) Look(ordered, ready int32, deploying bool, at time.Duration) {
	if at == s.Looked {
		return
	}
	was := *s
	s.Looked, s.Ordered, s.Ready = at, ordered, ready
	between := at - was.Looked
	lost := was.Ready - ready
	if was.Looked == 0 || between < 0 || between > blind || deploying || lost > max(0, was.Ordered-ordered) {
		s.Orders = s.Orders[:0]
		return
	}
	middle := at - between/2
	s.came(ready-was.Ready, middle)
	s.order(ordered-was.Ordered, middle)
	s.cancel(s.waiting() - max(0, ordered-ready))
}

// came takes replicas that became ready.
func (s *StartUp) came(n int32, at time.Duration) {
	for n > 0 && len(s.Orders) > 0 {
		o := &s.Orders[0]
		k := min(n, o.Replicas)
		took := min(max(at-o.At, leastStartUp), mostStartUp)
		startUps().Add(&s.Times, took.Seconds(), float64(k), at)
		n -= k
		if o.Replicas -= k; o.Replicas == 0 {
			s.Orders = append(s.Orders[:0], s.Orders[1:]...)
		}
	}
}

func (s *StartUp) order(n int32, at time.Duration) {
	if n > 0 && len(s.Orders) < maxStarts {
		s.Orders = append(s.Orders, Mark{at, n})
	}
}

func (s *StartUp) cancel(n int32) {
	for n > 0 && len(s.Orders) > 0 {
		last := &s.Orders[len(s.Orders)-1]
		k := min(n, last.Replicas)
		n -= k
		if last.Replicas -= k; last.Replicas == 0 {
			s.Orders = s.Orders[:len(s.Orders)-1]
		}
	}
}

func (s *StartUp) waiting() (n int32) {
	for _, o := range s.Orders {
		n += o.Replicas
	}
	return n
}

// P90 is what nine starts of ten took at most, and how well that is known, from 0 to
// 1; the prior and 0 until enough starts were seen.
func (s *StartUp) P90() (took time.Duration, sure float64) {
	n := startUps().Weight(s.Times)
	if n < enoughStarts {
		return PriorStartUp, 0
	}
	v, _ := startUps().Quantile(s.Times, 0.9)
	took = time.Duration(v * float64(time.Second))
	return min(max(took, leastStartUp), mostStartUp), n / (n + enoughStarts)
}
