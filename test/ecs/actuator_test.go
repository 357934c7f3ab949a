//go:build e2e

package ecs_test

import (
	"context"
	"time"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

// lookBack is how far back datapoints are read: beyond the range of the low alarm.
const lookBack = 20 * time.Minute

// actuator is the model of target tracking in the place of AWS: it reads what AWS
// would know, and does what AWS would do.
type actuator struct {
	a               *account
	service, policy string
	model           *targettracking.Model
	tasks           int32 // ordered; nobody else orders
	least, most     int32
	minute          time.Time // the last minute whose datapoints were read
	outcomes        []outcome
}

// outcome is a step of the model that changed something.
type outcome struct {
	targettracking.Outcome

	at time.Time
}

func newActuator(a *account, service string, tasks, least, most int32, delay time.Duration) *actuator {
	return &actuator{
		a: a, service: service, policy: service, tasks: tasks, least: least, most: most,
		model: targettracking.New(targettracking.Settings{
			Min: least, Max: most, Delay: delay, Policies: []targettracking.Policy{targettracking.NewPolicy("", 100)},
		}),
	}
}

// step looks at everything at an instant, and acts. Running is how many tasks serve.
func (x *actuator) step(ctx context.Context, now time.Time, running int32) (out targettracking.Outcome, err error) {
	if err := x.look(ctx); err != nil {
		return out, err
	}
	points, err := x.read(ctx, now)
	if err != nil {
		return out, err
	}
	out = x.model.Step(now, targettracking.Service{Desired: x.tasks, Running: running}, points...)
	if err := x.restore(ctx); err != nil {
		return out, err
	}
	if out.Desired == x.tasks {
		return out, nil
	}
	x.tasks = out.Desired
	x.outcomes = append(x.outcomes, outcome{out, now})
	return out, x.a.order(ctx, x.service, out.Desired)
}

// look takes up a new range and the scheduled actions, as AWS does when it is called.
func (x *actuator) look(ctx context.Context) error {
	least, most, err := x.a.capacity(ctx, x.service)
	if err != nil {
		return err
	}
	if least != x.least || most != x.most {
		x.least, x.most = least, most
		x.model.Register(least, most, targettracking.Suspended{})
	}
	actions, err := x.a.scheduled(ctx, x.service)
	if err != nil {
		return err
	}
	x.model.Schedule(actions...)
	return nil
}

// read reads datapoints once a minute, when the one before has ended.
func (x *actuator) read(ctx context.Context, now time.Time) ([]targettracking.Datapoint, error) {
	minute := now.Truncate(time.Minute)
	if minute.Equal(x.minute) {
		return nil, nil
	}
	points, err := x.a.utilization(ctx, x.policy, "Average", time.Minute, minute.Add(-lookBack), minute)
	if err == nil {
		x.minute = minute
	}
	return points, err
}

// restore writes back a range that a scheduled action changed.
func (x *actuator) restore(ctx context.Context) error {
	least, most := x.model.Range()
	if least == x.least && most == x.most {
		return nil
	}
	x.least, x.most = least, most
	return x.a.register(ctx, x.service, least, most)
}
