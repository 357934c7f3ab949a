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

// seenAfter is when the daemon knows at the latest what is ordered.
const seenAfter = 20 * time.Second

// TestADeadDaemonsFloorLiftsByItself kills the daemon while the floor is raised. From
// then on the model's clock runs, not the real one.
func TestADeadDaemonsFloorLiftsByItself(t *testing.T) {
	t.Parallel()
	const raised = 20
	a := newAccount(t, baseTasks)
	queue := a.service(t, "floor", baseTasks, baseTasks, mostTasks)
	x := newActuator(a, "floor", baseTasks, baseTasks, mostTasks, 0)
	d := run(t, awsProvider("aws", a.moto.URL)+policyOf("floor", floored))
	d.becomes("shop/floor", baseTasks)

	require.NoError(t, a.send(t.Context(), queue, raised*int(rate*late.Seconds())))
	step := func(now time.Time) {
		_, err := x.step(t.Context(), now, x.tasks)
		require.NoError(t, err)
	}
	everySecond(t, time.Now().Add(patience), func(now time.Time) bool {
		step(now)
		return x.tasks == raised
	})
	require.Equal(t, int32(raised), x.tasks, d.log)
	// A whole minute of 100 %: what was above it before would count on in the silence.
	settled := time.Now().Add(seenAfter).Truncate(time.Minute).Add(2*time.Minute + 2*time.Second)
	everySecond(t, settled, func(now time.Time) bool {
		step(now)
		return false
	})
	require.Equal(t, int32(raised), x.tasks)
	d.kill()
	killed := time.Now().UTC()
	least, _, err := a.capacity(t.Context(), "floor")
	require.NoError(t, err)
	require.Equal(t, int32(raised), least, "raised when it dies")
	actions, err := a.scheduled(t.Context(), "floor")
	require.NoError(t, err)
	require.Len(t, actions, 1, "the switch")
	at := actions[0].At
	require.Equal(t, int32(baseTasks), *actions[0].Min, "it restores the base")
	require.LessOrEqual(t, at.Sub(killed), 5*time.Minute+time.Second, "within the time to live")
	require.Greater(t, at.Sub(killed), time.Minute)

	var story strings.Builder
	fmt.Fprintf(&story, "target tracking is our model of it, and its clock; times since SIGKILL\n0 s: minimum %d, %d tasks\n", least, x.tasks)
	before := len(x.outcomes)
	advance := func(from, to time.Time, by time.Duration) {
		for now := from; now.Before(to); now = now.Add(by) {
			step(now)
			require.Equal(t, int32(raised), x.tasks, "nothing is removed %s after the kill", now.Sub(killed))
		}
	}
	advance(killed, at, time.Second)
	least, _, err = a.capacity(t.Context(), "floor")
	require.NoError(t, err)
	require.Equal(t, int32(raised), least, "until then")
	fmt.Fprintf(&story, "%.0f s: minimum %d, %d tasks, a second before the switch at most\n", at.Sub(killed).Seconds()-1, least, x.tasks)

	step(at)
	least, _, err = a.capacity(t.Context(), "floor")
	require.NoError(t, err)
	require.Equal(t, int32(baseTasks), least, "the switch restores the minimum")
	fmt.Fprintf(&story, "%.0f s: minimum %d, %d tasks: the scheduled action\n", at.Sub(killed).Seconds(), least, x.tasks)

	advance(at, at.Add(30*time.Minute), 30*time.Second)
	for _, o := range x.outcomes[before:] {
		require.NotEqual(t, targettracking.ScaledIn, o.Reason)
	}
	fmt.Fprintf(&story, "%.0f s: %d tasks: no data, no scale-in\n", at.Add(30*time.Minute).Sub(killed).Seconds(), x.tasks)
	t.Log(story.String())
}
