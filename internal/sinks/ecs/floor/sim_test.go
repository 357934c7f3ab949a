package floor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// epoch is when the clocks of tests begin.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// state is what AWS holds of a service.
type state struct {
	min, max  int32
	suspended bool
	sw        *floor.Switch
}

// world is a small model of AWS, which runs scheduled actions on time, with a life of
// Scaler in it, or none.
type world struct {
	t      testing.TB
	rand   *rand.Rand
	limits floor.Limits

	now      time.Duration
	state    state
	history  []past // of the state, for reads that are behind
	lag      time.Duration
	late     time.Duration // AWS is, in running a scheduled action
	removes  bool          // AWS does, what has run
	capacity int32

	alive  bool
	memory floor.Memory
	need   floor.Need
	skew   time.Duration
	plan   floor.Plan
	saw    int32          // the minimum of the latest look
	calls  []floor.Action // that were made

	faulty  func(floor.Action) fault
	foreign int32         // the minimum that somebody else set last
	sign    time.Duration // of life: the last switch that was put
	fires   int
	notes   []string
	lawless bool // what is against the rules is held to the outcome alone
}

type past struct {
	at    time.Duration
	state state
}

// fault is how a call ends.
type fault int

const (
	fine    fault = iota
	refused       // not done, and AWS says so
	lost          // not done, and nobody knows
	unheard       // done, and nobody knows
)

func newWorld(t testing.TB, minimum, maximum int32) *world {
	t.Helper()
	return &world{
		t: t, rand: rand.New(rand.NewPCG(1, 2)), limits: floor.Limits{TTL: 5 * time.Minute, Cooldown: 15 * time.Second, Max: 100},
		state: state{min: minimum, max: maximum}, capacity: minimum, foreign: minimum, alive: true,
		faulty: func(floor.Action) fault { return fine },
	}
}

func (w *world) instant() signals.Instant {
	return signals.Instant{Wall: epoch.Add(w.now), Mono: w.now}
}

// run lets time pass, in steps of two seconds, as the daemon has them.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	for end := w.now + d; w.now < end; {
		w.now += 2 * time.Second
		w.fire()
		w.history = append(w.history, past{w.now, w.state})
		if w.alive && w.memory.Due(w.now, w.need, w.limits) {
			w.step()
		}
		w.laws()
	}
}

// fire runs the scheduled action when it is due, or as late as AWS is. What ran may
// stay listed.
func (w *world) fire() {
	sw := w.state.sw
	if sw == nil || w.state.suspended {
		return
	}
	due := sw.At.Add(w.late)
	if due.After(epoch.Add(w.now)) || !due.After(epoch.Add(w.now-2*time.Second)) {
		return
	}
	w.fires++
	w.note("the switch runs: %d", sw.Restores)
	w.state.min = sw.Restores
	w.pull()
	if w.removes {
		w.state.sw = nil
	}
}

// pull takes the capacity into the range.
func (w *world) pull() { w.capacity = min(max(w.capacity, w.state.min), w.state.max) }

// seen is what a look gives, which may be behind by up to the lag.
func (w *world) seen() floor.Seen {
	at := func() state {
		behind := time.Duration(0)
		if w.lag > 0 {
			behind = time.Duration(w.rand.Int64N(int64(w.lag)))
		}
		for _, p := range slices.Backward(w.history) {
			if p.at <= w.now-behind {
				return p.state
			}
		}
		return w.state
	}
	target, sw := at(), at().sw
	if w.lag == 0 {
		target, sw = w.state, w.state.sw
	}
	return floor.Seen{Registered: true, Min: target.min, Max: target.max, Suspended: target.suspended, Switch: sw, Skew: w.skew}
}

func (w *world) step() {
	w.t.Helper()
	seen := w.seen()
	w.saw = seen.Min
	w.plan, w.memory = floor.Step(w.instant(), w.need, seen, w.memory, w.limits)
	w.note("step %+v saw %d %+v: %s %v", w.need, seen.Min, seen.Switch, w.plan.Condition, w.plan.Actions)
	for _, a := range w.plan.Actions {
		if !w.act(a) {
			w.memory = w.memory.Failed(w.now, w.limits)
			return
		}
	}
	w.memory = w.memory.Succeeded()
}

func (w *world) act(a floor.Action) bool {
	w.t.Helper()
	w.memory = w.memory.Sending(a, w.now, w.limits)
	f := w.faulty(a)
	if f != fine {
		w.note("fault %d", f)
	}
	if f == fine || f == unheard {
		w.apply(a)
	}
	if f == refused {
		w.memory = w.memory.Refused(a)
	}
	return f == fine
}

func (w *world) apply(a floor.Action) {
	w.t.Helper()
	w.calls = append(w.calls, a)
	switch a.Do {
	case floor.PutSwitch:
		require.True(w.t, a.At.After(epoch.Add(w.now)), "a switch is never put into the past")
		w.state.sw = &floor.Switch{At: a.At, Restores: a.Min}
		w.sign = w.now
	case floor.SetMinimum:
		w.checkSet(a)
		w.state.min = a.Min
		w.pull()
	case floor.DeleteSwitch:
		w.state.sw = nil
	}
	w.history = append(w.history, past{w.now, w.state})
}

// checkSet holds every write of the minimum to the laws of a single one.
func (w *world) checkSet(a floor.Action) {
	w.t.Helper()
	if w.lawless {
		return
	}
	require.LessOrEqual(w.t, a.Min, max(w.foreign, min(w.state.max, w.limits.Max)), "never above the policy's nor the target's maximum")
	require.GreaterOrEqual(w.t, a.Min, w.foreign, "never below what somebody else set last")
	if a.Min <= w.state.min {
		return
	}
	if a.Min > w.saw { // else it was meant to lower, over a switch that ran and was not seen to
		require.True(w.t, w.need.MayRaise, "raised without a fresh, confirmed, known decision")
		require.Greater(w.t, w.need.Desired, w.need.Running)
	}
	require.LessOrEqual(w.t, a.Min, max(w.need.Desired, w.foreign), "never above the need")
	sw := w.state.sw
	require.NotNil(w.t, sw, "raised without a switch")
	require.Equal(w.t, w.foreign, sw.Restores, "the switch restores the base")
	require.True(w.t, sw.At.After(epoch.Add(w.now)))
}

// laws hold at every instant.
func (w *world) laws() {
	w.t.Helper()
	if w.state.suspended || w.lawless {
		return
	}
	require.GreaterOrEqual(w.t, w.state.min, w.foreign, "another's minimum was overwritten with something lower")
	if w.state.min > w.foreign {
		require.LessOrEqual(w.t, w.now-w.sign, w.limits.TTL+w.late+2*time.Second, "the floor outlived its last sign of life")
	}
}

// another sets the minimum as Terraform or a schedule would.
func (w *world) another(minimum int32) {
	w.note("another sets %d over %d", minimum, w.state.min)
	w.foreign, w.state.min = minimum, minimum
	w.pull()
	w.history = append(w.history, past{w.now, w.state})
}

// note keeps the latest events, for a law that is broken.
func (w *world) note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf("%s  ", w.now)+fmt.Sprintf(format, args...))
	w.notes = w.notes[max(0, len(w.notes)-30):]
}

func (w *world) die() { w.alive = false; w.note("dies") }

// born starts a new life, which remembers nothing.
func (w *world) born() { w.alive, w.memory = true, floor.Memory{}; w.note("born") }

// wants makes a decision that is known and confirmed.
func (w *world) wants(desired, running int32) {
	w.need = floor.Need{Desired: desired, Running: running, MayRaise: true, MayLower: true}
}

// dos are the calls that were made since the last time they were asked for.
func (w *world) dos() []floor.Do {
	var out []floor.Do
	for _, a := range w.calls {
		out = append(out, a.Do)
	}
	w.calls = nil
	return out
}
