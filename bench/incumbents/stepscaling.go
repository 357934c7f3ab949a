package incumbents

import (
	"math"
	"time"
)

// AdjustmentType says what an adjustment is a number of.
type AdjustmentType string

// The types of adjustments.
const (
	PercentChangeInCapacity AdjustmentType = "PercentChangeInCapacity"
	ChangeInCapacity        AdjustmentType = "ChangeInCapacity"
	ExactCapacity           AdjustmentType = "ExactCapacity"
)

// Adjust is the capacity after an adjustment. A percentage that moves anything moves
// by leastChange at least.
func (t AdjustmentType) Adjust(current int32, by float64, leastChange int32) int32 {
	switch t {
	case ExactCapacity:
		return whole(by)
	case ChangeInCapacity:
		return current + whole(by)
	case PercentChangeInCapacity:
	}
	switch change := RoundPercent(float64(current) * by / 100); {
	case change > 0:
		return current + max(change, leastChange)
	case change < 0:
		return current + min(change, -leastChange)
	default:
		return current
	}
}

// RoundPercent is a percentage of a capacity in whole replicas: towards 0, but never
// to it.
func RoundPercent(v float64) int32 {
	switch {
	case 0 < v && v < 1:
		return 1
	case -1 < v && v < 0:
		return -1
	default:
		return whole(math.Trunc(v))
	}
}

// Interval is the adjustment for metrics within bounds, which are distances from the
// alarm's threshold. Above the threshold its lower bound belongs to it, below the
// threshold its upper one. Infinite bounds are open.
type Interval struct{ Lower, Upper, By float64 }

// interval finds the one of a distance.
func interval(of []Interval, distance float64) (by float64, ok bool) {
	for _, i := range of {
		above := distance >= 0 && i.Lower >= 0 && i.Lower <= distance && distance < i.Upper
		below := distance <= 0 && i.Upper <= 0 && i.Lower < distance && distance <= i.Upper
		if above || below {
			return i.By, true
		}
	}
	return 0, false
}

// StepSettings are those of two step scaling policies with an alarm each.
type StepSettings struct {
	// Target is the threshold of both alarms.
	Target float64
	Metric Metric
	// Type of the adjustments, and the least change of percentages.
	Type        AdjustmentType
	LeastChange int32
	// Out is for metrics at the threshold and above, In for those at it and below.
	Out, In []Interval
	// Period of the alarms' datapoints, and how many of them in a row must breach.
	Period  time.Duration
	Periods int
	// OutCooldown and InCooldown follow a change.
	OutCooldown, InCooldown time.Duration
	Min, Max                int32
}

// DefaultStep has the intervals of AWS's own example, which stands at a threshold of
// 50 and is stretched to another: within a fifth of it nothing, within two fifths
// 10 %, beyond 30 %. Cooldowns of 300 s are the default of ECS services. Alarms have
// no defaults: 3 datapoints of a minute are the example of AWS's guides.
func DefaultStep(target float64, metric Metric, least, most int32) StepSettings {
	near, far, open := target/5, target*2/5, math.Inf(1)
	return StepSettings{
		Target: target, Metric: metric, Type: PercentChangeInCapacity,
		Out:    []Interval{{0, near, 0}, {near, far, 10}, {far, open, 30}},
		In:     []Interval{{-near, 0, 0}, {-far, -near, -10}, {-open, -far, -30}},
		Period: time.Minute, Periods: 3,
		OutCooldown: 5 * time.Minute, InCooldown: 5 * time.Minute, Min: least, Max: most,
	}
}

// Wanted is the capacity that a datapoint asks for, without alarms and cooldowns.
func (s StepSettings) Wanted(current int32, metric float64) int32 {
	distance := metric - s.Target
	steps := s.Out
	if distance < 0 {
		steps = s.In
	}
	by, ok := interval(steps, distance)
	if !ok {
		return current
	}
	return s.Type.Adjust(current, by, s.LeastChange)
}

// StepScaling is step scaling of Application Auto Scaling. Documented: intervals,
// their bounds, rounding, the least change, cooldowns and how a larger scale-out in
// one adds the difference.
//
// Ours: both alarms are in alarm while their last datapoints are all beyond the
// threshold, and act with each period that they are; a scale-in waits for the
// cooldown of a scale-out too; the difference is to what the capacity before that
// scale-out would have become. Missing data ends an alarm's run, and nothing changes.
type StepScaling struct {
	s         StepSettings
	high, low alarm
	cooldown  cooldown
}

// NewStep makes one without a past.
func NewStep(s StepSettings) *StepScaling {
	return &StepScaling{
		s:        s,
		high:     alarm{periods: s.Periods, breach: func(v float64) bool { return v >= s.Target }},
		low:      alarm{periods: s.Periods, breach: func(v float64) bool { return v <= s.Target }},
		cooldown: cooldown{out: s.OutCooldown, in: s.InCooldown},
	}
}

// Every is the alarms' period.
func (a *StepScaling) Every() time.Duration { return a.s.Period }

// Step is a datapoint of both alarms: the mean since the last step.
func (a *StepScaling) Step(now Seen) int32 {
	v := a.s.Metric(now)
	high, low := a.high.see(v), a.low.see(v)
	want := func(from int32) int32 { return a.s.Wanted(from, v) }
	current := within(now.Ordered, a.s.Min, a.s.Max)
	switch {
	case high:
		return a.cooldown.scaleOut(now.Now, current, a.s.Max, want)
	case low:
		return a.cooldown.scaleIn(now.Now, current, a.s.Min, want)
	default:
		return current
	}
}
