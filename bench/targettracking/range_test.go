package targettracking_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

var nothing = targettracking.Suspended{}

func TestRegisteringPullsCapacityInsideTheRangeAtOnce(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.m.Register(25, 100, nothing)
	require.Equal(t, targettracking.Outcome{Desired: 25, Reason: targettracking.PulledInside}, w.step())
	w.m.Register(1, 8, nothing)
	require.Equal(t, int32(8), w.step().Desired)
}

func TestALowerMinimumRemovesNothing(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.m.Register(25, 100, nothing)
	w.step()
	w.m.Register(1, 100, nothing)
	require.Equal(t, int32(25), w.step().Desired)
}

func TestARaisedMinimumNeedsNoMetricAndWaitsForNoCooldown(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.minutes(3, 120)
	w.m.Register(40, 100, targettracking.Suspended{DynamicIn: true, DynamicOut: true})
	require.Equal(t, int32(40), w.step().Desired)
}

func TestScaleInStopsAtTheMinimum(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.m.Register(8, 100, nothing)
	w.minutes(15, 10)
	require.Equal(t, int32(8), w.s.Desired)
	require.Equal(t, targettracking.AtMin, w.minutes(6, 10).Reason)
}

func TestScaleOutStopsAtTheMaximum(t *testing.T) {
	s := target(metric(noCooldowns))
	s.Max = 12
	w := newWorld(s, 10)
	w.minutes(3, 300)
	require.Equal(t, int32(12), w.s.Desired)
	require.Equal(t, targettracking.AtMax, w.minute(300).Reason)
}

func TestCapacityFoundOutsideTheRangeWaitsForAnInvocation(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.s.Desired, w.s.Running = 200, 200
	require.Equal(t, int32(200), w.minutes(5, 100).Desired)
	require.Equal(t, int32(100), w.minutes(3, 101).Desired, "by a policy that is invoked")
}

func TestAScheduledActionChangesTheRangeAtItsTime(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.minutes(2, 100)
	at := w.now.Add(90 * time.Second)
	w.m.Schedule(targettracking.Action{Name: "up", At: at, Min: new(int32(30))})
	w.now = at.Add(-time.Second)
	require.Equal(t, int32(10), w.step().Desired)
	w.now = at
	require.Equal(t, targettracking.Outcome{Desired: 30, Reason: targettracking.PulledInside, By: "up"}, w.step())
	least, most := w.m.Range()
	require.Equal(t, []int32{30, 100}, []int32{least, most})
}

func TestAScheduledActionWaitsForNoCooldown(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.minutes(3, 120)
	w.m.Schedule(targettracking.Action{Name: "down", At: w.now, Max: new(int32(5))})
	require.Equal(t, int32(5), w.step().Desired)
}

func TestAScheduledActionExecutesOnce(t *testing.T) {
	w := newWorld(target(metric()), 10)
	action := targettracking.Action{Name: "restore", At: w.now.Add(time.Minute), Min: new(int32(2))}
	w.m.Schedule(action)
	w.minutes(2, 100)
	w.m.Register(20, 100, nothing)
	w.m.Schedule(action) // listed on
	w.minutes(2, 100)
	least, _ := w.m.Range()
	require.Equal(t, int32(20), least)
	action.At = w.now
	w.m.Schedule(action) // renewed
	w.step()
	least, _ = w.m.Range()
	require.Equal(t, int32(2), least)
}

func TestARenewedScheduledActionDoesNotExecuteAtItsOldTime(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.m.Register(20, 100, nothing)
	for range 10 {
		w.m.Schedule(targettracking.Action{Name: "restore", At: w.now.Add(2 * time.Minute), Min: new(int32(2))})
		w.minute(100)
	}
	least, _ := w.m.Range()
	require.Equal(t, int32(20), least)
}

func TestWhatIsDueWhileScheduledScalingIsSuspendedIsMissed(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.m.Register(1, 100, targettracking.Suspended{Scheduled: true})
	w.m.Schedule(targettracking.Action{Name: "up", At: w.now.Add(time.Minute), Min: new(int32(30))})
	w.minutes(2, 100)
	w.m.Register(1, 100, nothing)
	require.Equal(t, int32(10), w.minutes(5, 100).Desired)
}
