package demand

import (
	"math"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Deadline proposes the replicas that start every message of a queue within a time:
// what its arrivals keep busy, and what its backlog needs on top, where what is ordered
// already counts from when it will serve. It asks for the largest of the last start-up
// time, and for none only where nothing waits, nothing is in flight and little is
// expected. It needs the workload.
type Deadline struct {
	// Backlog is the signal of messages that wait. InFlight, of those being served,
	// OldestAge, in seconds, and Arrivals a second may be left out.
	Backlog, InFlight, OldestAge, Arrivals string
	// Within is the time in which every message is to be started.
	Within time.Duration
	// ServiceTime of a message; 0: it is learned.
	ServiceTime time.Duration
	// Concurrency is how many a replica serves at once, above 0.
	Concurrency float64
	// StartUp is from an order of a replica until it serves; 0: it is learned.
	StartUp time.Duration
	// MessageGroups bound the messages that can be served at once; 0: nothing does.
	MessageGroups int32
	// InFlightLimit is how many messages the queue hands out at once; 0: any number.
	InFlightLimit int32
}

const (
	// spare is the share of a start-up, or of the time where that is shorter, that is not
	// planned with: what goes amiss before that, another order puts right. It is of the
	// time where arrivals are only guessed, and with them how long messages have waited.
	spare = 0.25
	// grace is what a replica has to end what it serves when it is given up, as Kubernetes
	// and ECS have it by default.
	grace = 30 * time.Second
	// busyShare is how busy arrivals may keep replicas.
	busyShare = 0.9
	// headroom is how much more than the mean is to be ready for what arrives.
	headroom = 1.25
	// shortestPace is the least time that arrivals are averaged over.
	shortestPace = 30 * time.Second
	// fewExpected is less than one message, or one second of one replica's work.
	fewExpected = 0.5
	// nearly is the share of a limit that counts as reaching it.
	nearly = 0.95
)

// Propose implements policy.Demand.
func (d Deadline) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	q := st.Queue
	if q == nil {
		q = &estimate.Queue{}
	}
	st.Queue = q
	k, p := read(in, d.Backlog)
	if k == nil {
		return p, st
	}
	w := in.Workload
	if w.State != policy.WorkloadKnown {
		return doubtful(d.Backlog, policy.ReasonNoWorkload), st
	}
	p.MayLower = p.MayLower && w.Reason == ""
	known := Learned{Capacity: Capacity{Fixed: d.Concurrency}, StartUp: d.StartUp}.Learn(in, k, false, &st)
	d.StartUp = known.StartUp
	now := in.View.Now().Mono
	s := sight{now: now, seen: now - k.BornAt(), backlog: k.Value(), workload: w, startUp: known.StartUpTerm}
	p = d.look(in.View, &s, p)
	q.Orders.See(w.Ordered, w.Ready, now)
	if st.Key != k.Key() || q.Last == nil {
		st.Key = k.Key()
		d.learn(q, s, p.MayLower)
	}
	return d.compute(p, q, s), st
}

// sight is a queue as a step sees it.
type sight struct {
	now      time.Duration
	seen     time.Duration // how long ago the backlog was true
	backlog  float64
	flying   float64
	age      float64 // of the oldest, in seconds
	arrivals float64
	workload policy.Workload
	startUp  policy.Term
	// hasFlying and so on tell whether the signal is there and has a number.
	hasFlying, hasAge, hasArrivals bool
}

// look reads the signals that may be left out. One that has no number is done
// without, and then nothing is lowered. The age of nothing is of no interest.
func (d Deadline) look(v signals.View, s *sight, p policy.Proposal) policy.Proposal {
	s.flying, s.hasFlying, p = optional(v, d.InFlight, p)
	s.arrivals, s.hasArrivals, p = optional(v, d.Arrivals, p)
	if s.backlog >= 1 {
		s.age, s.hasAge, p = optional(v, d.OldestAge, p)
	}
	return p
}

func optional(v signals.View, name string, p policy.Proposal) (float64, bool, policy.Proposal) {
	if name == "" {
		return 0, false, p
	}
	o := v.Observe(name)
	k, ok := o.(signals.Known)
	if !ok {
		p.MayLower, p.Reason = false, policy.ReasonOf(o)
		return 0, false, p
	}
	return max(0, k.Value()), true, oldest(p, begin(name, k))
}

// service is how long a message takes, in seconds, and how sure that is.
func (d Deadline) service(q *estimate.Queue) (seconds, sure float64) {
	if d.ServiceTime > 0 {
		return d.ServiceTime.Seconds(), 1
	}
	return q.Service.Value()
}

func (d Deadline) pace() estimate.Pace {
	return estimate.Pace{Constant: max(d.Within/2, shortestPace)}
}

// compute proposes the larger of what arrivals and backlog need, over the last
// start-up time.
func (d Deadline) compute(p policy.Proposal, q *estimate.Queue, s sight) policy.Proposal {
	seconds, sure := d.service(q)
	base := d.base(q, seconds)
	drain := d.drain(q, s, seconds)
	p = settle(p, max(base, drain, d.serving(s)))
	if p.State != policy.Proposed {
		return p
	}
	p.Replicas = max(p.Replicas, d.least(q, s, seconds))
	p = d.limit(p)
	p.Replicas = q.Wanted.Add(p.Replicas, d.StartUp, s.now)
	p.Terms = d.terms(p, q, s, seconds, sure, base, drain)
	return p
}

// serving is how many replicas are at what they might not end if they were given up. Where
// how long that takes is only learned, it is all of them, as far as they are busy: else
// what was learned too short would take away what shows that it is.
func (d Deadline) serving(s sight) float64 {
	if d.ServiceTime > 0 && d.ServiceTime <= grace {
		return 0
	}
	return min(s.flying/d.Concurrency, float64(s.workload.Ready))
}

// planned is in how many seconds every message is planned to be started.
func (d Deadline) planned() float64 {
	spared := d.Within
	if d.InFlight != "" || d.Arrivals != "" {
		spared = min(spared, d.StartUp)
	}
	return d.Within.Seconds() - spare*spared.Seconds()
}

// base is what arrivals need before any of them waits. All of what keeps replicas busy
// is more than that: what arrives within a start-up has until a start-up and the time
// within from now, and what then still waits asks for more by itself.
func (d Deadline) base(q *estimate.Queue, seconds float64) float64 {
	start, within := d.StartUp.Seconds(), d.planned()
	return q.Flow.Rate() * seconds / (busyShare * d.Concurrency) * min(1, headroom*start/(start+within))
}

// least is 0 where nothing waits, nothing is in flight and little is expected.
func (d Deadline) least(q *estimate.Queue, s sight, seconds float64) int32 {
	expected := q.Flow.Highest() * d.StartUp.Seconds() * max(1, seconds)
	if s.backlog == 0 && s.hasFlying && s.flying == 0 && expected < fewExpected {
		return 0
	}
	return 1
}

// limit cuts to what more replicas than that would find nothing to do.
func (d Deadline) limit(p policy.Proposal) policy.Proposal {
	if n := d.slots(d.MessageGroups); n < p.Replicas {
		p.Replicas, p.Reason = n, policy.ReasonGroups
	}
	if n := d.slots(d.InFlightLimit); n < p.Replicas {
		p.Replicas, p.Reason = n, policy.ReasonInFlight
	}
	return p
}

// slots is how many replicas so many messages at once keep busy; 0 messages: any.
func (d Deadline) slots(messages int32) int32 {
	if messages == 0 {
		return math.MaxInt32
	}
	n, _ := policy.CeilReplicas(float64(messages) / d.Concurrency)
	return n
}
