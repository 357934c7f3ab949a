package replay

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/plant"
)

// Sampling is how a source has a quantity: over which time, and how late.
type Sampling struct {
	// Period of aligned buckets, as CloudWatch has them: a value is one bucket's. 0:
	// no buckets.
	Period time.Duration
	// Window that a value is of, as rate() of Prometheus has it. 0: an instant.
	Window time.Duration
	// Lag until a value can be read.
	Lag time.Duration
}

// reach is how far back a value may go.
func (s Sampling) reach() time.Duration { return s.Lag + max(s.Window, 2*s.Period) }

// reading is a quantity's value, and when it was true.
type reading struct {
	at    time.Duration
	value float64
	ok    bool // there is one
}

// moment is what the meter keeps of a step.
type moment struct {
	ends    time.Duration
	state   plant.State
	length  time.Duration
	arrived float64
	known   bool // of the traffic; a gap of the trace is not
	begun   []plant.Begun
}

// meter remembers the latest steps of a plant, as long as sources look back.
type meter struct {
	reach   time.Duration
	service time.Duration
	moments []moment // a ring
	next    int
	full    bool
}

func newMeter(reach, step, service time.Duration) *meter {
	return &meter{reach: reach, service: service, moments: make([]moment, reach/step+2)}
}

func (m *meter) add(s *plant.State, begun []plant.Begun, length time.Duration, arrived float64, known bool) {
	slot := &m.moments[m.next]
	slot.begun = append(slot.begun[:0], begun...)
	slot.state, slot.ends, slot.length, slot.arrived, slot.known = *s, s.Now, length, arrived, known
	if m.next++; m.next == len(m.moments) {
		m.next, m.full = 0, true
	}
}

// within calls f for the steps that end after from and by to, oldest first.
func (m *meter) within(from, to time.Duration, f func(*moment)) {
	visit := func(part []moment) {
		i, _ := slices.BinarySearchFunc(part, from+1, func(a moment, t time.Duration) int { return cmp.Compare(a.ends, t) })
		for ; i < len(part) && part[i].ends <= to; i++ {
			f(&part[i])
		}
	}
	if m.full {
		visit(m.moments[m.next:])
	}
	visit(m.moments[:m.next])
}

// read is a quantity as a source has it at an instant.
func (m *meter) read(q Quantity, s Sampling, now time.Duration) reading {
	to := now - s.Lag
	from := to - max(s.Window, 1)
	if s.Period > 0 {
		to = to.Truncate(s.Period)
		from = to - s.Period
	}
	if to <= 0 {
		return reading{}
	}
	if s.Period == 0 && s.Window == 0 {
		from = to - m.moments[0].length
	}
	value, ok := m.over(q, from, to)
	return reading{to, value, ok}
}

// over is a quantity's value over the steps of a time: of an amount in a second, or
// of a wait, over all of it; of a level, the mean.
func (m *meter) over(q Quantity, from, to time.Duration) (float64, bool) {
	if strings.HasPrefix(string(q), "latency.") {
		return m.latency(q, from, to)
	}
	var sum float64
	var length time.Duration
	known := true
	m.within(from, to, func(s *moment) {
		known = known && s.known
		length += s.length
		sum += level(q, s) * s.length.Seconds()
	})
	if length == 0 || !known && (q == v1alpha1.Arrivals || q == v1alpha1.ArrivalsPerReplica) {
		return 0, false
	}
	return sum / length.Seconds(), true
}

// level is a quantity in a step.
func level(q Quantity, m *moment) float64 {
	s := &m.state
	switch q { //nolint:exhaustive // latencies are no levels
	case v1alpha1.QueueVisible:
		return s.Waiting
	case v1alpha1.QueueInFlight:
		return s.InService
	case v1alpha1.QueueMessages:
		return s.Waiting + s.InService
	case v1alpha1.QueueOldestAge:
		return s.Wait.Seconds()
	case v1alpha1.Arrivals:
		return m.arrived / m.length.Seconds()
	case v1alpha1.ArrivalsPerReplica:
		return m.arrived / m.length.Seconds() / float64(max(1, s.Ready))
	case v1alpha1.Utilization:
		return s.Busy
	case v1alpha1.InFlightPerReplica:
		return (s.Waiting + s.InService) / float64(max(1, s.Ready))
	case v1alpha1.ReadyReplicas:
		return float64(s.Ready)
	}
	return 0
}

// latency is of all whose service began: none without traffic.
func (m *meter) latency(q Quantity, from, to time.Duration) (float64, bool) {
	var parts []plant.Begun
	var amount, sum float64
	m.within(from, to, func(s *moment) {
		for _, b := range s.begun {
			parts = append(parts, b)
			amount += b.Amount
			sum += b.Amount * (b.First + b.Last).Seconds() / 2
		}
	})
	if amount == 0 {
		return 0, false
	}
	p, ok := percentileOf(q)
	if !ok {
		return sum/amount + m.service.Seconds(), true
	}
	return (waitAt(parts, p*amount) + m.service).Seconds(), true
}

// waitAt is the wait that so much of the parts did not exceed, each part's waits
// going evenly from First to Last; within a part, the middle of it.
func waitAt(parts []plant.Begun, amount float64) time.Duration {
	longest := time.Duration(0)
	for _, b := range parts {
		longest = max(longest, b.First, b.Last)
	}
	low, high := time.Duration(0), longest
	for high-low > time.Millisecond {
		middle := (low + high) / 2
		sum := 0.0
		for _, b := range parts {
			sum += b.Amount * b.Within(middle)
		}
		if sum >= amount {
			high = middle
		} else {
			low = middle
		}
	}
	if high <= time.Millisecond {
		return 0
	}
	return high
}
