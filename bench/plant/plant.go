// Package plant is a model of a queue served by replicas that take time to start.
// It is a model: every message takes the same share of a replica, a replica serves
// at a constant rate once it is ready, and one that is stopped stops at once,
// without losing a message. It has no randomness and reads no clock: equal steps
// give equal results. Whoever wants random arrivals draws them, with a seed of
// their own.
package plant

import (
	"math"
	"time"
)

// Settings are the model's parameters.
type Settings struct {
	// Rate is how many messages one ready replica serves in a second.
	Rate float64
	// StartUp is how long a new replica takes until it serves.
	StartUp time.Duration
	// Replicas that are ready at the beginning.
	Replicas int32
}

// State is the model after a step.
type State struct {
	Now time.Duration // since the beginning
	// Arrived, Served and Backlog are messages; Arrived = Served + Backlog.
	Arrived, Served, Backlog int64
	Ready, Starting          int32
	// Wait is how long the oldest message in the queue has waited; 0: none waits.
	Wait time.Duration
}

// Queue is the model. It is not safe for concurrent use.
type Queue struct {
	s        Settings
	state    State
	starting []time.Duration // when each starting replica will serve, oldest first
	waiting  []cohort        // what arrived together, oldest first
	credit   float64         // of capacity: part of a message already worked on
}

// cohort is the messages of one step that still wait.
type cohort struct {
	at       time.Duration
	messages int64
}

// New makes an empty queue.
func New(s Settings) *Queue {
	return &Queue{s: s, state: State{Ready: max(0, s.Replicas)}}
}

// State is the model as the latest step left it.
func (q *Queue) State() State { return q.state }

// Step lets time pass: replicas follow the desired number, messages arrive, and
// the ready replicas serve the oldest first. What is negative counts as 0.
func (q *Queue) Step(dt time.Duration, arrivals int64, desired int32) State {
	dt, arrivals, desired = max(0, dt), max(0, arrivals), max(0, desired)
	q.become(desired)
	q.state.Now += dt
	q.ripen()
	if arrivals > 0 {
		q.waiting = append(q.waiting, cohort{q.state.Now, arrivals})
		q.state.Arrived += arrivals
		q.state.Backlog += arrivals
	}
	q.serve(dt)
	q.state.Wait = 0
	if len(q.waiting) > 0 {
		q.state.Wait = q.state.Now - q.waiting[0].at
	}
	return q.state
}

// become orders new replicas, or stops some: the youngest first.
func (q *Queue) become(desired int32) {
	for q.state.Ready+q.state.Starting < desired {
		q.starting = append(q.starting, q.state.Now+q.s.StartUp)
		q.state.Starting++
	}
	for q.state.Starting > 0 && q.state.Ready+q.state.Starting > desired {
		q.starting = q.starting[:len(q.starting)-1]
		q.state.Starting--
	}
	q.state.Ready = min(q.state.Ready, desired)
}

// ripen lets replicas whose start-up is over serve.
func (q *Queue) ripen() {
	n := 0
	for n < len(q.starting) && q.starting[n] <= q.state.Now {
		n++
	}
	q.starting = append(q.starting[:0], q.starting[n:]...)
	q.state.Starting -= int32(n)
	q.state.Ready += int32(n)
}

// serve works off the oldest messages. Capacity that nobody needs is lost.
func (q *Queue) serve(dt time.Duration) {
	q.credit += float64(q.state.Ready) * q.s.Rate * dt.Seconds()
	n := int64(math.Min(math.Floor(q.credit), float64(q.state.Backlog)))
	q.credit -= float64(n)
	q.state.Served += n
	q.state.Backlog -= n
	if q.state.Backlog == 0 || q.state.Ready == 0 {
		q.credit = 0
	}
	for n > 0 {
		took := min(n, q.waiting[0].messages)
		n -= took
		if q.waiting[0].messages -= took; q.waiting[0].messages == 0 {
			q.waiting = q.waiting[1:]
		}
	}
}
