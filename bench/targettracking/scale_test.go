package targettracking_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

func TestThreeMinutesAboveTheTargetScaleOut(t *testing.T) {
	require.Equal(t, 3, newWorld(target(metric()), 10).until(t, 60, 101))
}

func TestFifteenMinutesMoreThanATenthBelowItScaleIn(t *testing.T) {
	require.Equal(t, 15, newWorld(target(metric()), 10).until(t, 60, 89))
}

func TestWithinATenthOfTheTargetNothingHappens(t *testing.T) {
	for _, v := range []float64{90, 95, 100} {
		require.Zero(t, newWorld(target(metric()), 10).until(t, 60, v), v)
	}
}

func TestTheLowBandIsAParameter(t *testing.T) {
	w := newWorld(target(metric(func(p *targettracking.Policy) { p.Low.Threshold = 95 })), 100)
	require.Equal(t, 15, w.until(t, 60, 94))
}

func TestScaleOutIsProportionalAndRoundsUp(t *testing.T) {
	for _, tt := range []struct {
		tasks int32
		value float64
		want  int32
	}{{10, 150, 15}, {3, 150, 5}, {10, 101, 11}, {1, 2500, 25}, {10, 110, 11}, {25, 112, 28}, {60, 400, 100}} {
		w := newWorld(target(metric()), tt.tasks)
		w.minutes(3, tt.value)
		require.Equal(t, tt.want, w.s.Desired, "%d at %v", tt.tasks, tt.value)
	}
}

func TestScaleInRoundsUpToo(t *testing.T) {
	for _, tt := range []struct {
		tasks int32
		value float64
		want  int32
	}{{10, 50, 5}, {10, 41, 5}, {3, 10, 1}, {20, 89, 18}} {
		w := newWorld(target(metric()), tt.tasks)
		w.minutes(15, tt.value)
		require.Equal(t, tt.want, w.s.Desired, "%d at %v", tt.tasks, tt.value)
	}
}

func TestNoScaleInThatWouldPutTheMetricAboveTheTarget(t *testing.T) {
	w := newWorld(target(metric()), 3)
	require.Equal(t, targettracking.WouldGoAbove, w.minutes(15, 80).Reason, "3 × 80 ÷ 2 = 120")
	require.Equal(t, int32(3), w.s.Desired)
	require.Equal(t, 15, newWorld(target(metric()), 3).until(t, 60, 66), "3 × 66 ÷ 2 = 99")

	rapid.Check(t, func(t *rapid.T) {
		tasks := rapid.Int32Range(1, 100).Draw(t, "tasks")
		value := rapid.Float64Range(0, 90).Draw(t, "value")
		w := newWorld(target(metric()), tasks)
		w.minutes(15, value)
		require.LessOrEqual(t, value*float64(tasks)/float64(w.s.Desired), 100+1e-6, "the metric afterwards")
		if w.s.Desired < tasks {
			require.LessOrEqual(t, value*float64(tasks)/float64(tasks-1), 100+1e-6, "with one task less")
		}
	})
}

func TestTheBoundOfAScaleInIsAParameter(t *testing.T) {
	s := target(metric())
	s.MaxScaleIn = 1
	w := newWorld(s, 10)
	w.minutes(15, 10)
	require.Equal(t, int32(9), w.s.Desired)
}

func TestTheCountThatIsMultipliedIsAParameter(t *testing.T) {
	for multiplier, want := range map[targettracking.Multiplier]int32{targettracking.Running: 15, targettracking.Desired: 20} {
		s := target(metric())
		s.Multiplier = multiplier
		m := targettracking.New(s)
		service := targettracking.Service{Desired: 8, Running: 6}
		var out targettracking.Outcome
		for i := range 4 {
			at := began.Add(time.Duration(i) * time.Minute)
			out = m.Step(at, service, targettracking.Datapoint{At: at, Value: 250})
		}
		require.Equal(t, want, out.Desired, multiplier)
	}
}

func TestAScaleOutCooldownCountsWhatItAdded(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.minutes(3, 120)
	require.Equal(t, int32(12), w.s.Desired)
	out := w.minute(115)
	require.Equal(t, targettracking.CoolingDown, out.Reason, "two more, and two were added already")
	require.Equal(t, int32(12), out.Desired)
	require.Equal(t, targettracking.ScaledOut, w.minute(150).Reason, "a larger one proceeds")
	require.Equal(t, int32(16), w.s.Desired, "six more, less the two")
	require.Equal(t, targettracking.CoolingDown, w.minutes(4, 120).Reason, "four more, and six were added already")
	require.Equal(t, targettracking.ScaledOut, w.minute(120).Reason, "its 300 s are over")
	require.Equal(t, int32(20), w.s.Desired)
}

func TestAScaleInCooldownBlocksScaleIn(t *testing.T) {
	w := newWorld(target(metric()), 100)
	require.Equal(t, 15, w.until(t, 60, 80))
	for range 4 {
		require.Equal(t, targettracking.CoolingDown, w.minute(80).Reason)
	}
	require.Equal(t, targettracking.ScaledIn, w.minute(80).Reason)
}

func TestAScaleOutCutsAScaleInCooldownShort(t *testing.T) {
	quick := func(p *targettracking.Policy) {
		p.Low.Points, p.Low.Breaching, p.High.Points, p.High.Breaching = 1, 1, 1, 1
	}
	w := newWorld(target(metric(quick)), 50)
	require.Equal(t, targettracking.ScaledIn, w.minute(80).Reason)
	require.Equal(t, targettracking.CoolingDown, w.minute(80).Reason)
	require.Equal(t, targettracking.ScaledOut, w.minute(150).Reason, "at once")
	require.Equal(t, targettracking.ScaledIn, w.minute(80).Reason, "nothing is left of the cooldown")
}

func TestScaleInIsPausedDuringDeployments(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.s.Deploying = true
	require.Equal(t, targettracking.Deploying, w.minutes(20, 10).Reason)
	require.Equal(t, int32(10), w.s.Desired)
	w.minutes(3, 200)
	require.Equal(t, int32(20), w.s.Desired, "scale-out continues")
	w.minutes(20, 10)
	w.s.Deploying = false
	require.Equal(t, targettracking.ScaledIn, w.minute(10).Reason)
}

func TestFromZeroOneDatapointAddsTheMinimum(t *testing.T) {
	s := target(metric())
	s.Min = 0
	w := newWorld(s, 0)
	require.Zero(t, w.until(t, 30, silence))
	require.Zero(t, w.until(t, 30, 100))
	require.Equal(t, 1, w.until(t, 30, 5000))
	require.Equal(t, int32(1), w.s.Desired)

	s.WakeAfter = 3
	require.Equal(t, 3, newWorld(s, 0).until(t, 30, 5000))
}

func TestRealZerosScaleInToTheMinimum(t *testing.T) {
	for _, least := range []int32{0, 2} {
		s := target(metric())
		s.Min = least
		w := newWorld(s, 10)
		require.Equal(t, 15, w.until(t, 30, 0))
		require.Equal(t, least, w.s.Desired)
	}
}

func TestAnyPolicyScalesOutAndTheLargestWins(t *testing.T) {
	w := newWorld(target(metric(named("a")), metric(named("b")), metric(named("c"))), 10)
	var out targettracking.Outcome
	for range 3 {
		out = w.minuteOf(map[string]float64{"a": 150, "b": 200, "c": 10})
	}
	require.Equal(t, targettracking.Outcome{Desired: 20, Reason: targettracking.ScaledOut, By: "b", Value: 200}, out)
}

func TestScaleInNeedsEveryPolicyAndTheLargestWins(t *testing.T) {
	w := newWorld(target(metric(named("a")), metric(named("b"))), 10)
	var out targettracking.Outcome
	for range 20 {
		out = w.minuteOf(map[string]float64{"a": 20, "b": 100})
	}
	require.Equal(t, targettracking.PolicyDisagree, out.Reason)
	for range 20 {
		out = w.minuteOf(map[string]float64{"a": 20, "b": silence})
	}
	require.Equal(t, int32(10), w.s.Desired, "one without data does not agree")
	for range 15 {
		out = w.minuteOf(map[string]float64{"a": 20, "b": 70})
	}
	require.Equal(t, targettracking.Outcome{Desired: 7, Reason: targettracking.ScaledIn, By: "b", Value: 70}, out)
}

func TestAPolicyWithoutScaleInIsNotAsked(t *testing.T) {
	w := newWorld(target(metric(named("a")), metric(named("b"), func(p *targettracking.Policy) { p.DisableScaleIn = true })), 10)
	for range 15 {
		w.minuteOf(map[string]float64{"a": 20, "b": 100})
	}
	require.Equal(t, int32(2), w.s.Desired)

	w = newWorld(target(metric(func(p *targettracking.Policy) { p.DisableScaleIn = true })), 10)
	require.Zero(t, w.until(t, 60, 0))
}

func TestSuspendedScaling(t *testing.T) {
	s := target(metric(noCooldowns))
	s.Suspended = targettracking.Suspended{DynamicOut: true}
	w := newWorld(s, 10)
	require.Equal(t, targettracking.OutSuspended, w.minutes(10, 200).Reason)
	require.Equal(t, 15, w.until(t, 60, 50))

	w = newWorld(s, 10)
	w.m.Register(1, 100, targettracking.Suspended{DynamicIn: true})
	require.Equal(t, targettracking.InSuspended, w.minutes(30, 50).Reason)
	require.Equal(t, 3, w.until(t, 60, 200))
}

// TestAlwaysInRangeAndEqual: whatever comes, capacity stays in the range, moves only as
// an alarm says, and equal steps give equal results.
func TestAlwaysInRangeAndEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := target(metric())
		s.Min = rapid.Int32Range(0, 5).Draw(t, "min")
		s.Max = rapid.Int32Range(5, 40).Draw(t, "max")
		s.Multiplier = rapid.SampledFrom([]targettracking.Multiplier{targettracking.Running, targettracking.Desired}).Draw(t, "multiplier")
		tasks := rapid.Int32Range(0, 50).Draw(t, "tasks")
		w, twin := newWorld(s, tasks), newWorld(s, tasks)
		for range rapid.IntRange(1, 60).Draw(t, "minutes") {
			value := rapid.SampledFrom([]float64{silence, 0, 50, 89, 95, 100, 120, 300}).Draw(t, "value")
			before := w.s.Desired
			out := w.minute(value)
			require.Equal(t, out, twin.minute(value))
			require.True(t, out.Desired >= s.Min && out.Desired <= s.Max)
			require.Equal(t, out.Reason == targettracking.ScaledOut, out.Desired > before, out.Reason)
			require.Equal(t, out.Reason == targettracking.ScaledIn, out.Desired < before, out.Reason)
		}
	})
}

func TestAnAlarmActsOnceAPeriod(t *testing.T) {
	w := newWorld(target(metric(noCooldowns)), 100)
	w.minutes(15, 80)
	require.Equal(t, int32(80), w.s.Desired)
	for range 59 {
		w.now = w.now.Add(time.Second)
		require.Equal(t, targettracking.NothingToDo, w.step().Reason)
	}
	w.now = w.now.Add(time.Second)
	require.Equal(t, targettracking.ScaledIn, w.step().Reason, "the alarm is still on")
}
