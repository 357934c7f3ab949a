package targettracking

import (
	"math"
	"slices"
	"time"
)

// Multiplier is the count that the metric multiplies.
type Multiplier string

// The multipliers.
const (
	Running Multiplier = "running" // of tasks: what users report; the default
	Desired Multiplier = "desired" // as the service has it
)

// Settings are a scalable target and what the model assumes of AWS.
type Settings struct {
	Min, Max  int32
	Suspended Suspended
	Policies  []Policy
	// Multiplier of proportional scaling; Running by default.
	Multiplier Multiplier
	// Delay is how long after a period's end its alarms are evaluated.
	Delay time.Duration
	// WakeAfter is how many datapoints above the target wake a service from 0; 1 by
	// default.
	WakeAfter int
	// MaxScaleIn is the most that one scale-in removes; 0: no bound.
	MaxScaleIn int32
}

// Suspended says which scaling is suspended.
type Suspended struct{ DynamicIn, DynamicOut, Scheduled bool }

// Service is what ECS says of it.
type Service struct {
	Desired, Running int32
	Deploying        bool
}

// Outcome is the desired count after a step, and why.
type Outcome struct {
	Desired int32
	Reason  Reason
	// By is the metric whose policy decided, or the scheduled action's name.
	By string
	// Value is the datapoint that decided.
	Value float64
}

// Reason says what a step did, or why it did nothing.
type Reason string

// The reasons. The first three change the desired count.
const (
	ScaledOut      Reason = "scaled_out"
	ScaledIn       Reason = "scaled_in"
	PulledInside   Reason = "pulled_inside"    // the range is new, or capacity was found outside it
	NothingToDo    Reason = "nothing_to_do"    // no alarm says anything
	AtMax          Reason = "at_max"           // AlreadyAtMaxCapacity
	AtMin          Reason = "at_min"           // AlreadyAtMinCapacity
	AtDesired      Reason = "at_desired"       // AlreadyAtDesiredCapacity
	WouldGoAbove   Reason = "would_go_above"   // removing one task would put the metric above the target
	CoolingDown    Reason = "cooling_down"     // the cooldown's capacity counts, or it blocks a scale-in
	Deploying      Reason = "deploying"        // no scale-in during a deployment
	OutSuspended   Reason = "out_suspended"    // dynamic scale-out is
	InSuspended    Reason = "in_suspended"     // dynamic scale-in is
	PolicyDisagree Reason = "policy_disagrees" // not all policies would scale in
)

// Model is a scalable target with its policies. It is not safe for concurrent use.
type Model struct {
	s          Settings
	min, max   int32
	suspended  Suspended
	registered bool // the range is new
	trackers   []*tracker
	actions    []Action
	executed   map[string]time.Time

	outUntil, inUntil time.Time // the ends of the cooldowns
	added             int32     // since the scale-out cooldown began
}

// New makes a model. Registering its target pulls capacity inside the range, in the
// first step.
func New(s Settings) *Model {
	if s.Multiplier == "" {
		s.Multiplier = Running
	}
	if s.WakeAfter == 0 {
		s.WakeAfter = 1
	}
	m := &Model{s: s, executed: map[string]time.Time{}}
	for _, p := range s.Policies {
		m.trackers = append(m.trackers, &tracker{Policy: p, points: map[int64]float64{}})
	}
	m.Register(s.Min, s.Max, s.Suspended)
	return m
}

// Register is RegisterScalableTarget: a new range, which the next step pulls capacity
// inside of.
func (m *Model) Register(least, most int32, suspended Suspended) {
	m.min, m.max, m.suspended, m.registered = least, most, suspended, true
}

// Range is the target's, as registered or as a scheduled action left it.
func (m *Model) Range() (least, most int32) { return m.min, m.max }

// Alarms are the states of a metric's high and low alarms at their last evaluation.
func (m *Model) Alarms(metric string) (high, low State) {
	for _, t := range m.trackers {
		if t.Metric == metric && t.begun {
			return t.high, t.low
		}
	}
	return InsufficientData, InsufficientData
}

// Step is what happens up to now: datapoints arrive, scheduled actions execute,
// alarms whose period ended are evaluated, and act. Time must not go back. Steps should
// not be further apart than a period: each evaluates the newest only.
func (m *Model) Step(now time.Time, s Service, points ...Datapoint) Outcome {
	out := Outcome{Desired: s.Desired, Reason: NothingToDo}
	if m.registered {
		m.registered = false
		m.pull(&out, "")
	}
	m.execute(now, &out)
	for _, t := range m.trackers {
		for _, p := range points {
			t.take(p)
		}
		t.evaluate(now.Add(-m.s.Delay))
	}
	if m.invoked() {
		m.pull(&out, "")
	}
	s.Desired = out.Desired
	next, said := m.scaleOut(now, s)
	if !said {
		next = m.scaleIn(now, s)
	}
	if next.Desired != s.Desired || out.Reason == NothingToDo {
		return next
	}
	return out
}

// invoked says that an alarm invokes its policy, which looks at the range first.
func (m *Model) invoked() bool {
	return slices.ContainsFunc(m.trackers, func(t *tracker) bool {
		return t.due && (t.high == InAlarm || t.low == InAlarm)
	})
}

// pull brings capacity inside the range.
func (m *Model) pull(out *Outcome, by string) {
	if n := m.clamp(out.Desired); n != out.Desired {
		*out = Outcome{Desired: n, Reason: PulledInside, By: by}
	}
}

// clamp lets the minimum win over a maximum below it.
func (m *Model) clamp(n int32) int32 { return max(m.min, min(m.max, n)) }

// count is what the metric multiplies.
func (m *Model) count(s Service) int32 {
	if m.s.Multiplier == Desired {
		return s.Desired
	}
	return s.Running
}

// proportional is ceil(count × metric ÷ target).
func (t *tracker) proportional(count int32) int32 {
	n := math.Ceil(math.Round(float64(count)*t.latest/t.Target*1e9) / 1e9)
	return int32(min(max(n, 0), math.MaxInt32))
}
