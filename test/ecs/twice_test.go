//go:build e2e

package ecs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

const (
	twiceFor = 7 * time.Minute
	// acts is when in a minute the model acts: every daemon has then published, and has
	// seen what is ordered long before it publishes again.
	acts = 5 * time.Second
)

func twicePolicy(publisher string) string {
	return fmt.Sprintf(`
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  workload: {ecs: {provider: aws, cluster: %s, service: orders}}
  replicas: {min: 1, max: 50}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: orders}, interval: 5s, freshFor: 15s}
  demand:
    - {name: drain, perReplica: {signal: backlog, amount: 10}}
  scaleIn: {stabilization: 0s, limits: [{replicas: 50, period: 15s}]}
  publish:
    cloudWatch: {provider: %s, namespace: Scaler, period: 60s}
`, clusterName, publisher)
}

// TestPublishingTwiceChangesNothing: two daemons publish a policy to one account, a
// third the same policy, alone, to another. The averages and what the model does with them are
// the same.
func TestPublishingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	const tasks = 2
	two, one := newAccount(t, tasks), newAccount(t, tasks)
	queue := two.service(t, "orders", tasks, 1, 50)
	require.NoError(t, two.send(t.Context(), queue, 20))
	aws := awsProvider("aws", two.moto.URL)
	for _, documents := range []string{
		aws + twicePolicy("aws"), aws + twicePolicy("aws"),
		aws + awsProvider("alone", one.moto.URL) + twicePolicy("alone"),
	} {
		run(t, documents).becomes("shop/orders", tasks)
	}

	acting := newActuator(two, "orders", tasks, 1, 50, acts)
	alone := newActuator(two, "orders", tasks, 1, 50, acts).model
	begin := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
	changes := map[int]int{30: 40, 270: -30} // seconds since then: messages
	var actions, steps []string
	read := begin
	everySecond(t, begin.Add(twiceFor), func(now time.Time) bool {
		for second, messages := range changes {
			if now.Sub(begin) >= time.Duration(second)*time.Second {
				delete(changes, second)
				require.NoError(t, two.send(t.Context(), queue, max(0, messages)))
				require.NoError(t, two.take(t.Context(), queue, max(0, -messages)))
			}
		}
		if now.Second() < int(acts.Seconds()) || !now.Truncate(time.Minute).After(read) {
			return false
		}
		read = now.Truncate(time.Minute)
		service := targettracking.Service{Desired: acting.tasks, Running: acting.tasks}
		points, err := one.utilization(t.Context(), "orders", "Average", time.Minute, read.Add(-lookBack), read)
		require.NoError(t, err)
		out := alone.Step(now, service, points...)
		steps = append(steps, fmt.Sprintf("%d %s %.3f", out.Desired, out.Reason, out.Value))
		got, err := acting.step(t.Context(), now, acting.tasks)
		require.NoError(t, err)
		actions = append(actions, fmt.Sprintf("%d %s %.3f", got.Desired, got.Reason, got.Value))
		return false
	})
	require.Equal(t, steps, actions, "the model's decisions")
	require.Contains(t, strings.Join(actions, "\n"), string(targettracking.ScaledOut))
	sameAverages(t, two, one, begin, actions)
}

// sameAverages holds every whole minute of both accounts against each other.
func sameAverages(t *testing.T, two, one *account, begin time.Time, actions []string) {
	t.Helper()
	var table strings.Builder
	fmt.Fprintln(&table, "minute  Average of two  of one  SampleCount of two  of one  the model, fed with either")
	series := func(a *account, statistic string) []targettracking.Datapoint {
		points, err := a.utilization(t.Context(), "orders", statistic, time.Minute, begin, begin.Add(twiceFor))
		require.NoError(t, err)
		require.Len(t, points, int(twiceFor/time.Minute))
		return points
	}
	both, alone, samples, single := series(two, "Average"), series(one, "Average"), series(two, "SampleCount"), series(one, "SampleCount")
	for i := range both {
		require.InDelta(t, alone[i].Value, both[i].Value, 1e-9, "minute %d", i)
		require.InDelta(t, 2, samples[i].Value, 0, "published twice")
		require.InDelta(t, 1, single[i].Value, 0)
		action := ""
		if i < len(actions) {
			action = actions[i]
		}
		fmt.Fprintf(&table, "%6d  %14.3f  %6.1f  %18.0f  %6.0f  %s\n", i, both[i].Value, alone[i].Value, samples[i].Value, single[i].Value, action)
	}
	t.Log(table.String())
}
