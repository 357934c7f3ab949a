//go:build e2e

package ecs_test

import (
	"context"
	"time"

	"github.com/scaler-dev/scaler/bench/plant"
)

const (
	rate    = 0.5              // messages that a task serves in a second
	startUp = 10 * time.Second // of a task, from the order until it serves
	late    = 20 * time.Second // a message may wait
)

// workers are a service's tasks, simulated: what they have not served yet is in the
// queue that the daemon reads.
type workers struct {
	*actuator

	queue  string
	length int // of the queue
	plant  *plant.Plant
	now    time.Time
	owed   float64 // of a message that has arrived in part
	state  plant.State
	seen   moments
}

func newWorkers(x *actuator, queue string) *workers {
	return &workers{actuator: x, queue: queue, plant: plant.New(plant.Settings{Rate: rate, StartUp: plant.StartUp{Median: startUp}, Replicas: x.tasks})}
}

// step lets the time since the last step pass: messages arrive, tasks serve, and the
// actuator orders. The burst is from then on.
func (w *workers) step(ctx context.Context, now, burst time.Time) error {
	w.pass(now, burst)
	if err := w.mirror(ctx); err != nil {
		return err
	}
	_, err := w.actuator.step(ctx, now, w.state.Ready)
	return err
}

// pass passes in seconds, however long a step took.
func (w *workers) pass(now, burst time.Time) {
	if w.now.IsZero() {
		w.now = now
	}
	for w.now.Before(now) {
		dt := min(now.Sub(w.now), time.Second)
		w.now = w.now.Add(dt)
		w.owed += arrivals(w.now.Sub(burst)) * dt.Seconds()
		n := int64(w.owed)
		w.owed -= float64(n)
		w.state = w.plant.Step(dt, float64(n), w.tasks)
		w.seen.note(w.state, w.now.Sub(burst))
	}
}

// mirror makes the queue as long as the simulated one; a bit at a time where it is
// longer, since the emulator is slow to receive.
func (w *workers) mirror(ctx context.Context) error {
	more := max(int(w.state.Waiting)-w.length, -5*batchSize)
	if err := w.a.send(ctx, w.queue, max(0, more)); err != nil {
		return err
	}
	if err := w.a.take(ctx, w.queue, max(0, -more)); err != nil {
		return err
	}
	w.length += more
	return nil
}

// moments are when, since the burst began, something was first so; 0: never.
type moments struct{ late, enough, recovered time.Duration }

func (m *moments) note(s plant.State, since time.Duration) {
	if since <= 0 {
		return
	}
	first := func(d *time.Duration, is bool) {
		if is && *d == 0 {
			*d = since
		}
	}
	first(&m.late, s.Wait > late)
	first(&m.enough, float64(s.Ready)*rate >= burst) // they serve as much as arrives
	first(&m.recovered, m.enough > 0 && s.Wait <= late)
}

// wait is from the first late message to enough capacity; a second where there was
// enough before any was late.
func (m *moments) wait() time.Duration {
	if m.late == 0 || m.enough <= m.late {
		return time.Second
	}
	return m.enough - m.late
}

// arrivals are messages in a second.
func arrivals(since time.Duration) float64 {
	if since >= 0 {
		return burst
	}
	return calm
}
