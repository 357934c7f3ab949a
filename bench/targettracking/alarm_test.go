package targettracking_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

// alarmAfter is the high alarm's state after periods as CloudWatch's guide writes
// them: 0 within the threshold, X beyond it, - missing; the newest to the right.
func alarmAfter(breaching int, periods string) targettracking.State {
	w := newWorld(target(metric(func(p *targettracking.Policy) { p.High.Breaching = breaching })), 1)
	for p := range strings.FieldsSeq(periods) {
		w.minute(map[string]float64{"0": 100, "X": 100.001, "-": silence}[p])
	}
	high, _ := w.m.Alarms("")
	return high
}

// TestAlarmsTreatMissingDataAsDocumented: the tables of the guide, 3 of 3 and 2 of 3,
// with an evaluation range of 5 and missing data treated as missing.
func TestAlarmsTreatMissingDataAsDocumented(t *testing.T) {
	const ok, alarm, insufficient = targettracking.OK, targettracking.InAlarm, targettracking.InsufficientData
	for _, tt := range []struct {
		breaching int
		periods   string
		want      targettracking.State
	}{
		{3, "0 - X - X", ok},
		{3, "0 - - - -", ok},
		{3, "- - - - -", insufficient},
		{3, "0 X X - X", alarm},
		{3, "- - X - -", alarm},
		{2, "0 - X - X", alarm},
		{2, "0 0 X 0 X", alarm},
		{2, "0 - X - -", ok},
		{2, "- - - - 0", ok},
		{2, "- - - X -", alarm},
		{3, "- - - - X", ok}, // the text below the tables: not yet
		{3, "- - - X -", ok},
		{3, "- - - X 0", ok},
		{3, "- - X - 0", ok},
		{3, "X - - - - -", insufficient}, // out of the evaluation range
	} {
		t.Run(tt.periods, func(t *testing.T) {
			require.Equal(t, tt.want, alarmAfter(tt.breaching, tt.periods))
		})
	}
}

func TestInsufficientDataScalesNothing(t *testing.T) {
	w := newWorld(target(metric()), 7)
	require.Equal(t, targettracking.NothingToDo, w.minutes(60, silence).Reason)
	require.Equal(t, int32(7), w.s.Desired)
	high, low := w.m.Alarms("")
	require.Equal(t, targettracking.InsufficientData, high)
	require.Equal(t, targettracking.InsufficientData, low)
}

func TestMissingDataIsNeverLow(t *testing.T) {
	w := newWorld(target(metric()), 7)
	w.minutes(20, 100)
	require.Zero(t, w.until(t, 60, silence))
}

// TestLowDatapointsBeforeASilenceScaleIn is the premature alarm state: where nothing
// but low datapoints are left in the evaluation range, and one is old enough, the
// alarm goes off with data missing. So silence does not take back what was said just
// before it.
func TestLowDatapointsBeforeASilenceScaleIn(t *testing.T) {
	for name, minutes := range map[string]int{"one": 1, "fourteen": 14} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(target(metric()), 10)
			w.minutes(20, 100)
			w.minutes(minutes, 50)
			require.Equal(t, 17-minutes, w.until(t, 60, silence), "once those of 100 have left the range of 17")
			require.Equal(t, int32(5), w.s.Desired)
		})
	}
}

// TestOneDatapointInTheBandClearsALowAlarm: what a brake has to publish when it falls
// silent.
func TestOneDatapointInTheBandClearsALowAlarm(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.minutes(20, 100)
	w.minutes(14, 50)
	w.minute(100)
	require.Zero(t, w.until(t, 60, silence))
}

func TestALateDatapointFlipsAnAlarm(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.minute(100)
	w.minute(200)
	late := targettracking.Datapoint{At: w.now, Value: 200}
	w.minute(silence)
	w.minute(200)
	require.Equal(t, int32(10), w.s.Desired, "one in the band and two above")
	w.now = w.now.Add(time.Minute)
	require.Equal(t, targettracking.ScaledOut, w.step(late).Reason, "three of the newest four now")
	require.Equal(t, int32(20), w.s.Desired)
}

func TestADatapointThatComesAgainReplacesTheOneBefore(t *testing.T) {
	w := newWorld(target(metric()), 10)
	for range 3 {
		at := w.now
		w.now = w.now.Add(time.Minute)
		w.step(targettracking.Datapoint{At: at, Value: 300}, targettracking.Datapoint{At: at, Value: 200})
	}
	require.Equal(t, int32(20), w.s.Desired)
}

func TestThePeriodUnderWayIsNotEvaluated(t *testing.T) {
	w := newWorld(target(metric()), 10)
	w.minutes(2, 200)
	w.now = w.now.Add(time.Second)
	w.step(targettracking.Datapoint{At: w.now, Value: 200})
	w.now = w.now.Add(58 * time.Second)
	require.Equal(t, int32(10), w.step().Desired)
	w.now = w.now.Add(time.Second)
	require.Equal(t, int32(20), w.step().Desired)
}

func TestAlarmsAreEvaluatedOnceAPeriodAfterTheDelay(t *testing.T) {
	s := target(metric(noCooldowns))
	s.Delay = 10 * time.Second
	w := newWorld(s, 1)
	var at []int
	for second := 1; second <= 250; second++ {
		w.now = began.Add(time.Duration(second) * time.Second)
		if w.step(targettracking.Datapoint{At: w.now, Value: 200}).Reason == targettracking.ScaledOut {
			at = append(at, second)
		}
	}
	require.Equal(t, []int{190, 250}, at, "and it acts again while the alarm lasts")
}

func TestFromAlarms(t *testing.T) {
	high := targettracking.AlarmValues{ComparisonOperator: "GreaterThanThreshold", Threshold: 100, Period: time.Minute, EvaluationPeriods: 3}
	low := targettracking.AlarmValues{ComparisonOperator: "LessThanThreshold", Threshold: 85, Period: time.Minute, EvaluationPeriods: 9, DatapointsToAlarm: 8}
	p, err := targettracking.FromAlarms("u", 100, low, high)
	require.NoError(t, err)
	require.Equal(t, targettracking.Alarm{Threshold: 100, Points: 3, Breaching: 3, Spare: 2}, p.High)
	require.Equal(t, targettracking.Alarm{Threshold: 85, Points: 9, Breaching: 8, Spare: 2}, p.Low)
	require.Equal(t, time.Minute, p.Period)

	w := newWorld(target(metric(func(q *targettracking.Policy) { *q = p; q.Metric = "" })), 10)
	require.Equal(t, 8, w.until(t, 30, 80), "eight of nine")

	other := low
	other.Period = time.Second
	bad := high
	bad.DatapointsToAlarm = 4
	for want, alarms := range map[string][]targettracking.AlarmValues{
		"two":              {high},
		"one has to be":    {high, high},
		"periods are":      {high, other},
		"not a shape":      {bad, low},
		"0 of 0 datapoint": {high, {ComparisonOperator: "LessThanThreshold", Period: time.Minute}},
	} {
		_, err := targettracking.FromAlarms("u", 100, alarms...)
		require.ErrorContains(t, err, want)
	}
}
