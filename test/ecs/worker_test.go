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
	plant  *plant.Queue
	last   time.Time
	owed   float64 // of a message that has arrived in part
	state  plant.State
	tasks  int32 // ordered
}

func newWorkers(x *actuator, queue string, tasks int32) *workers {
	return &workers{actuator: x, queue: queue, plant: plant.New(plant.Settings{Rate: rate, StartUp: startUp, Replicas: tasks}), tasks: tasks}
}

// step lets the time since the last step pass: messages arrive, tasks serve, and the
// actuator orders. arrivals is messages in a second.
func (w *workers) step(ctx context.Context, now time.Time, arrivals float64) error {
	if w.last.IsZero() {
		w.last = now
	}
	dt := now.Sub(w.last)
	w.last = now
	w.owed += arrivals * dt.Seconds()
	n := int64(w.owed)
	w.owed -= float64(n)
	w.state = w.plant.Step(dt, n, w.tasks)
	if err := w.mirror(ctx); err != nil {
		return err
	}
	out, err := w.actuator.step(ctx, now, w.state.Ready)
	if err == nil {
		w.tasks = out.Desired
	}
	return err
}

// mirror makes the queue as long as the simulated one.
func (w *workers) mirror(ctx context.Context) error {
	more := int(w.state.Backlog) - w.length
	if err := w.a.send(ctx, w.queue, max(0, more)); err != nil {
		return err
	}
	if err := w.a.take(ctx, w.queue, max(0, -more)); err != nil {
		return err
	}
	w.length += more
	return nil
}

// enough says that the tasks serve as much as arrives.
func (w *workers) enough(arrivals float64) bool { return float64(w.state.Ready)*rate >= arrivals }
