// Package floor decides when the minimum of a service's scalable target is raised,
// renewed and lowered again. It is pure: what was decided and what AWS said go in,
// actions and a condition come out, and time is an argument.
//
// Whatever it raises stands under a dead-man's switch: a scheduled action that
// restores the base, put before the raise and renewed while somebody lives to renew
// it.
package floor

import (
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// The paces.
const (
	// settle is how long what was written may still read as what was there before,
	// and how long a minimum of nobody we know must be seen before it is believed.
	settle = 15 * time.Second
	// late is how long after its instant AWS may still be about to run a scheduled
	// action.
	late = 2 * time.Minute
	// pauseFor is how long nothing is raised after somebody else wrote over a floor.
	pauseFor = 10 * time.Minute
	// lowerEvery is the least time between two steps down: each is a call, and none
	// is urgent.
	lowerEvery = time.Minute

	lookBarred = 30 * time.Second // while something stands against a raise
	lookRaised = 15 * time.Second // while a floor is up
	lookOdd    = 5 * time.Second  // while a minimum is not explained yet

	retryFirst = 5 * time.Second
	retryMost  = time.Minute
)

// LookIdle is the time between two looks with nothing to do.
const LookIdle = time.Minute

// MaxSkew is how far AWS's clock may be off ours: beyond it nothing is raised.
const MaxSkew = 2 * time.Minute

// Limits are what a document says.
type Limits struct {
	// TTL is the time to live of a floor that nobody renews.
	TTL time.Duration
	// Cooldown is the least time between two raises.
	Cooldown time.Duration
	// Max is the policy's own.
	Max int32
}

// Need is what a decision asks for. The zero Need asks for nothing: what is raised
// is held.
type Need struct {
	Desired int32
	// Running is the replicas that there are, those on their way included.
	Running int32
	// MayRaise says that the decision is fresh, confirmed and known, and so is
	// Running; MayLower, that every demand is known and may lower.
	MayRaise, MayLower bool
}

// Seen is what AWS said of a service.
type Seen struct {
	// Registered says that the service is a scalable target; else the rest means
	// nothing, but for Skew.
	Registered bool
	Min, Max   int32
	// Suspended says that scheduled scaling is: no switch would work.
	Suspended bool
	// Switch is the scheduled action of our name; nil: there is none.
	Switch *Switch
	// Skew is AWS's clock minus ours.
	Skew time.Duration
}

// Switch is a scheduled action of our name.
type Switch struct {
	// At is when it runs, or ran.
	At time.Time
	// Restores is the minimum that it sets.
	Restores int32
	// Odd says that it is nothing that we put: the rest means nothing.
	Odd bool
}

// Do is a kind of action.
type Do string

// The actions.
const (
	PutSwitch    Do = "put_switch"
	SetMinimum   Do = "set_minimum"
	DeleteSwitch Do = "delete_switch"
)

// Dos are all kinds of actions.
func Dos() []Do { return []Do{PutSwitch, SetMinimum, DeleteSwitch} }

// Action is a call to make. Those of a plan are made in order, and none after one
// that failed.
type Action struct {
	Do Do
	// Min is the minimum to set, or that the switch restores.
	Min int32
	// At is when the switch runs.
	At time.Time
}

// Plan is what to do, and how things stand.
type Plan struct {
	Actions   []Action
	Condition Condition
	// Base is the minimum that the floor stands on; nil: not known.
	Base *int32
	// Raised says that a floor is up, or may be.
	Raised bool
}

// Condition says how a floor stands.
type Condition string

// The conditions.
const (
	Ready       Condition = "ready"
	Raised      Condition = "raised"
	Settling    Condition = "settling"                    // what is seen is not explained yet
	Paused      Condition = "paused_by_another"           // somebody else wrote over the floor
	OtherWriter Condition = "another_writer"              // somebody else renews our switch
	NoTarget    Condition = "no_scalable_target"          // the service is not registered
	Suspended   Condition = "scheduled_scaling_suspended" // no switch would work
	ClockSkew   Condition = "clock_skew"                  // beyond MaxSkew
	OddSwitch   Condition = "odd_scheduled_action"        // of our name, and not ours
	Failing     Condition = "calls_fail"                  // given by whoever makes them
)

// Conditions are all of them.
func Conditions() []Condition {
	return []Condition{Ready, Raised, Settling, Paused, OtherWriter, NoTarget, Suspended, ClockSkew, OddSwitch, Failing}
}

// Trouble says what is wrong and what to do about it; "" of conditions that are in
// order.
func (c Condition) Trouble() string {
	switch c {
	case Paused:
		return "somebody else changed the minimum capacity while it was raised; theirs is the base now, and nothing is raised for ten minutes " +
			"(Terraform needs ignore_changes = [min_capacity])"
	case OtherWriter:
		return "somebody else puts our scheduled action: run one Scaler (minimumHealthyPercent 0, maximumPercent 100)"
	case NoTarget:
		return "the service is no scalable target: scaler ecs attach registers it"
	case Suspended:
		return "scheduled scaling of the service is suspended, so that the dead-man's switch would not work: nothing is raised"
	case ClockSkew:
		return "AWS's clock is too far off ours: nothing is raised"
	case OddSwitch:
		return "a scheduled action has our name and is nothing that we put: delete it"
	case Failing:
		return "calls of Application Auto Scaling fail"
	case Ready, Raised, Settling:
		return ""
	default:
		return ""
	}
}

// pending tells whether a switch is yet to run.
func (s *Switch) pending(now time.Time) bool { return s != nil && !s.Odd && s.At.After(now) }

// past tells whether a switch has run for sure.
func (s *Switch) past(now time.Time) bool { return s != nil && !s.Odd && now.Sub(s.At) >= late }

// instant is what floors go by: Wall is AWS's clock.
type instant = signals.Instant
