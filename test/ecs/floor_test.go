//go:build e2e

package ecs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

const (
	baseTasks = 3
	mostTasks = 40
	calm      = 1.0  // messages a second before the burst
	burst     = 10.0 // and from then on: 20 tasks serve that
	longest   = 9 * time.Minute
)

// policyOf scales a service of the queue's name so that what waits is served within
// the deadline: a task serves 10 messages in 20 s.
func policyOf(name, publish string) string {
	return fmt.Sprintf(`
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: %[1]s, namespace: shop}
spec:
  workload: {ecs: {provider: aws, cluster: %[2]s, service: %[1]s}}
  replicas: {min: %[3]d, max: %[4]d}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: %[1]s}, interval: 5s, freshFor: 15s}
  demand:
    - {name: deadline, perReplica: {signal: backlog, amount: %[5]g}}
  scaleOut: {stabilization: 0s, limits: [{replicas: %[4]d, period: 15s}]}
  publish:
%[6]s`, name, clusterName, baseTasks, mostTasks, rate*late.Seconds(), publish)
}

const (
	published = "    cloudWatch: {provider: aws, namespace: Scaler, period: 10s}\n"
	floored   = published + "    ecs: {floor: {ttl: 5m}}\n"
)

// TestTheFloorIsThreeTimesFaster runs two equal services side by side through the
// same burst: one follows target tracking alone, the other has the floor.
func TestTheFloorIsThreeTimesFaster(t *testing.T) {
	t.Parallel()
	a := newAccount(t, baseTasks)
	documents := awsProvider("aws", a.moto.URL)
	service := func(name, publish string) *workers {
		queue := a.service(t, name, baseTasks, baseTasks, mostTasks)
		documents += policyOf(name, publish)
		return newWorkers(newActuator(a, name, baseTasks, baseTasks, mostTasks, 0), queue)
	}
	plain, floor := service("plain", published), service("floor", floored)
	d := run(t, documents)
	d.becomes("shop/plain", baseTasks)
	d.becomes("shop/floor", baseTasks)

	// In the middle of a minute, the mean of where a burst can fall in a period.
	begin := time.Now().UTC().Add(50 * time.Second).Truncate(time.Minute).Add(30 * time.Second)
	line := newTimeline(d, begin)
	everySecond(t, begin.Add(longest), func(now time.Time) (done bool) {
		var group errgroup.Group
		for _, w := range []*workers{plain, floor} {
			group.Go(func() error { return w.step(t.Context(), now, begin) })
		}
		if err := group.Wait(); err != nil {
			t.Log(err) // a call that a busy machine lost; the next second catches up
		}
		line.note(now, plain, floor)
		return plain.seen.recovered > 0 && floor.seen.recovered > 0
	})
	t.Log(line.report(plain, floor))

	require.NotZero(t, plain.seen.late)
	require.NotZero(t, plain.seen.enough, "target tracking alone gets there too")
	require.NotZero(t, floor.seen.enough)
	require.GreaterOrEqual(t, plain.seen.wait().Seconds(), 3*floor.seen.wait().Seconds(), "three times faster")
	for _, o := range append(plain.outcomes, floor.outcomes...) {
		require.NotEqual(t, targettracking.ScaledIn, o.Reason)
	}
}

// everySecond calls f once a second until it is done, or the end.
func everySecond(t *testing.T, end time.Time, f func(now time.Time) bool) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		if f(time.Now().UTC()) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
