package incumbents

import (
	"math"
	"time"
)

// BacklogSettings are those of AWS's recipe "Scaling based on Amazon SQS": target
// tracking of messages a task.
type BacklogSettings struct {
	// Target is the acceptable backlog of a task: the latency that is acceptable
	// divided by the time that a message takes.
	Target float64
	// Out and In are how many datapoints of a Period in a row are above the target,
	// and more than InBelow of it below.
	Period                  time.Duration
	Out, In                 int
	InBelow                 float64
	OutCooldown, InCooldown time.Duration
	Min, Max                int32
}

// DefaultBacklog has what users report of target tracking's alarms: 3 datapoints of
// a minute above the target, 15 more than a tenth below it; and the cooldowns of 300
// s that ECS services have by default.
func DefaultBacklog(target float64, least, most int32) BacklogSettings {
	return BacklogSettings{
		Target: target, Period: time.Minute, Out: 3, In: 15, InBelow: 0.1,
		OutCooldown: 5 * time.Minute, InCooldown: 5 * time.Minute, Min: least, Max: most,
	}
}

// AcceptableBacklog is the recipe's target.
func AcceptableBacklog(latency, processing time.Duration) float64 {
	return latency.Seconds() / processing.Seconds()
}

// BacklogPerTask is the recipe's metric: visible messages by tasks that run. At none
// it is a NaN: there is no datapoint.
func BacklogPerTask(now Seen) float64 {
	if now.Ready <= 0 {
		return math.NaN()
	}
	return now.Visible / float64(now.Ready)
}

// Backlog scales on the backlog of a task. Documented: the metric, its target and
// that capacity follows it in proportion, messages in flight and arrivals left out.
//
// Ours: the arithmetic of target tracking, which AWS does not publish, in its
// shortest form; bench/targettracking is the model in full. It scales out by the
// proportion of the tasks that run, and in by the same, rounded up. At no task there
// is no metric, and it stays there: the recipe needs a minimum of 1.
type Backlog struct {
	s         BacklogSettings
	high, low alarm
	cooldown  cooldown
}

// NewBacklog makes one without a past.
func NewBacklog(s BacklogSettings) *Backlog {
	return &Backlog{
		s:        s,
		high:     alarm{periods: s.Out, breach: func(v float64) bool { return v > s.Target }},
		low:      alarm{periods: s.In, breach: func(v float64) bool { return v < s.Target*(1-s.InBelow) }},
		cooldown: cooldown{out: s.OutCooldown, in: s.InCooldown},
	}
}

// Wanted is in proportion: what brings the metric to the target.
func (s BacklogSettings) Wanted(running int32, metric float64) int32 {
	const noise = 1e-9 // of dividing by the running ones and multiplying again
	return whole(math.Ceil(float64(running)*metric/s.Target - noise))
}

// Every is the period.
func (b *Backlog) Every() time.Duration { return b.s.Period }

// Step is a datapoint of both alarms.
func (b *Backlog) Step(now Seen) int32 {
	v := BacklogPerTask(now)
	high, low := b.high.see(v), b.low.see(v)
	want := func(int32) int32 { return b.s.Wanted(now.Ready, v) }
	current := within(now.Ordered, b.s.Min, b.s.Max)
	switch {
	case high:
		return b.cooldown.scaleOut(now.Now, current, b.s.Max, want)
	case low:
		return b.cooldown.scaleIn(now.Now, current, b.s.Min, want)
	default:
		return current
	}
}
