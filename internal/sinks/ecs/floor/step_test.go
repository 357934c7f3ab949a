package floor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// raised is a world whose floor was raised from 2 to 8 a moment ago.
func raised(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 2, 50)
	w.wants(2, 2)
	w.run(time.Minute)
	require.Equal(t, floor.Ready, w.plan.Condition)
	w.wants(8, 2)
	w.run(2 * time.Second)
	require.Equal(t, []floor.Do{floor.PutSwitch, floor.SetMinimum}, w.dos())
	require.Equal(t, int32(8), w.state.min)
	require.Equal(t, int32(2), w.state.sw.Restores)
	require.Equal(t, floor.Raised, w.plan.Condition)
	w.need.Running = 8
	return w
}

func TestADecisionAboveWhatRunsRaisesTheFloorAtOnce(t *testing.T) { raised(t) }

func TestARaiseNeeds(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"a decision above what runs":        func(w *world) { w.need.Running = 8 },
		"a decision above the minimum":      func(w *world) { w.another(9); w.need.Desired = 9 },
		"a fresh, confirmed, known one":     func(w *world) { w.need.MayRaise = false },
		"a decision at all":                 func(w *world) { w.need = floor.Need{} },
		"scheduled scaling":                 func(w *world) { w.state.suspended = true },
		"a clock that is right":             func(w *world) { w.skew = 10 * time.Minute },
		"a clock that is right, either way": func(w *world) { w.skew = -10 * time.Minute },
		"room below the target's maximum":   func(w *world) { w.state.max = 2 },
		"room below the policy's maximum":   func(w *world) { w.limits.Max = 2 },
		"no odd scheduled action":           func(w *world) { w.state.sw = &floor.Switch{Odd: true} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, 50)
			w.wants(8, 2)
			change(w)
			minimum := w.state.min
			w.run(10 * time.Minute)
			require.Empty(t, w.dos())
			require.Equal(t, minimum, w.state.min)
		})
	}
}

func TestNoScalableTarget(t *testing.T) {
	need := floor.Need{Desired: 8, Running: 2, MayRaise: true}
	plan, memory := floor.Step(newWorld(t, 2, 50).instant(), need, floor.Seen{}, floor.Memory{}, floor.Limits{TTL: time.Minute, Max: 9})
	require.Equal(t, floor.Plan{Condition: floor.NoTarget}, plan)
	require.Contains(t, plan.Condition.Trouble(), "scaler ecs attach")
	require.False(t, memory.Due(20*time.Second, need, floor.Limits{Max: 9}), "it is looked for at its pace")
	require.True(t, memory.Due(30*time.Second, need, floor.Limits{Max: 9}))
}

func TestTheFloorIsBoundByBothMaxima(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"the target's": func(w *world) { w.state.max = 6 },
		"the policy's": func(w *world) { w.limits.Max = 6 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, 50)
			change(w)
			w.wants(8, 2)
			w.run(time.Minute)
			require.Equal(t, int32(6), w.state.min)
		})
	}
	t.Run("a policy's that is lowered", func(t *testing.T) {
		w := raised(t)
		w.limits.Max, w.need = 5, floor.Need{}
		w.run(time.Minute)
		require.Equal(t, int32(5), w.state.min)
	})
}

func TestNoSwitchNoRaise(t *testing.T) {
	for name, f := range map[string]fault{"refused": refused, "lost": lost} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, 50)
			w.wants(8, 2)
			w.faulty = func(a floor.Action) fault {
				if a.Do == floor.PutSwitch {
					return f
				}
				return fine
			}
			w.run(10 * time.Minute)
			require.Empty(t, w.dos())
		})
	}
}

func TestTheSwitchIsRenewedWhileSomebodyLives(t *testing.T) {
	w := raised(t)
	w.run(2 * time.Hour)
	require.Zero(t, w.fires, "it never runs while somebody lives")
	require.Equal(t, int32(8), w.state.min)
	puts := len(w.dos())
	require.InDelta(t, 48, puts, 4, "one put for each half of its time")
}

func TestARenewalThatFailsIsTriedAgainInTime(t *testing.T) {
	w := raised(t)
	w.run(2 * time.Minute)
	failing := 0
	w.faulty = func(floor.Action) fault { failing++; return refused }
	w.run(150 * time.Second)
	require.GreaterOrEqual(t, failing, 3)
	w.faulty = func(floor.Action) fault { return fine }
	w.run(time.Hour)
	require.Zero(t, w.fires)
}

func TestAnUnknownDecisionHoldsTheFloor(t *testing.T) {
	w := raised(t)
	w.need = floor.Need{}
	w.run(2 * time.Hour)
	require.Equal(t, int32(8), w.state.min)
	require.Zero(t, w.fires)
}

func TestWhatMayNotLowerDoesNot(t *testing.T) {
	w := raised(t)
	w.wants(3, 8)
	w.need.MayLower = false
	w.run(time.Hour)
	require.Equal(t, int32(8), w.state.min)
}

func TestTheFloorFollowsDown(t *testing.T) {
	w := raised(t)
	w.run(time.Minute)
	w.dos()
	w.wants(5, 8)
	w.run(time.Minute)
	require.Equal(t, int32(5), w.state.min)
	require.Equal(t, int32(8), w.capacity, "lowering a minimum removes nothing")
	require.Equal(t, []floor.Do{floor.PutSwitch, floor.SetMinimum}, w.dos())
	require.NotNil(t, w.state.sw, "a floor is still up")

	w.wants(1, 8)
	w.run(2 * time.Minute)
	require.Equal(t, int32(2), w.state.min, "never below the base")
	require.Equal(t, []floor.Do{floor.PutSwitch, floor.SetMinimum, floor.DeleteSwitch}, w.dos(), "the switch goes after the floor")
	require.Nil(t, w.state.sw)
	require.Equal(t, floor.Ready, w.plan.Condition)
	w.run(time.Hour)
	require.Empty(t, w.dos())
}

func TestRaisesKeepTheirDistance(t *testing.T) {
	w := raised(t)
	for desired := int32(9); desired < 39; desired++ {
		w.wants(desired, 8)
		w.run(2 * time.Second)
	}
	raises := 0
	for _, do := range w.dos() {
		if do == floor.SetMinimum {
			raises++
		}
	}
	require.LessOrEqual(t, raises, 5, "one in fifteen seconds")
	w.run(15 * time.Second)
	require.Equal(t, int32(38), w.state.min)
}

func TestTheCooldownIsTheDocuments(t *testing.T) {
	w := raised(t)
	w.limits.Cooldown = 10 * time.Minute
	w.wants(9, 8)
	w.run(20 * time.Second) // that of before is over
	require.Equal(t, int32(9), w.state.min)
	w.wants(10, 9)
	w.run(9 * time.Minute)
	require.Equal(t, int32(9), w.state.min)
	w.run(2 * time.Minute)
	require.Equal(t, int32(10), w.state.min)
}

func TestStepsDownKeepTheirDistance(t *testing.T) {
	w := raised(t)
	w.dos()
	for desired := int32(20); desired > 2; desired-- {
		w.wants(min(desired, 8), 20)
		w.run(20 * time.Second)
	}
	steps := 0
	for _, do := range w.dos() {
		if do == floor.SetMinimum {
			steps++
		}
	}
	require.LessOrEqual(t, steps, 3, "one a minute, in two minutes of falling")
	require.Positive(t, steps)
}

func TestADeathLiftsTheFloor(t *testing.T) {
	w := raised(t)
	w.run(time.Hour)
	w.die()
	w.run(w.limits.TTL/2 - 20*time.Second)
	require.Equal(t, int32(8), w.state.min, "not before its time")
	w.run(w.limits.TTL)
	require.Equal(t, int32(2), w.state.min)
	require.Equal(t, int32(8), w.capacity, "a lower minimum removes nothing")
	require.Equal(t, 1, w.fires)
}

func TestARestartKnowsTheBase(t *testing.T) {
	for name, dead := range map[string]time.Duration{
		"at once": 0, "a minute later": time.Minute, "after the switch ran": 10 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			w := raised(t)
			w.die()
			w.run(dead)
			w.born()
			w.need = floor.Need{}
			w.run(time.Minute)
			require.Equal(t, int32(2), *w.plan.Base)
			w.wants(9, 8)
			w.run(time.Minute)
			require.Equal(t, int32(9), w.state.min)
			require.Equal(t, int32(2), w.state.sw.Restores)
			w.wants(2, 9)
			w.run(5 * time.Minute)
			require.Equal(t, int32(2), w.state.min)
			require.Nil(t, w.state.sw)
		})
	}
	t.Run("between the switch and the raise", func(t *testing.T) {
		w := newWorld(t, 2, 50)
		w.state.sw = &floor.Switch{At: epoch.Add(4 * time.Minute), Restores: 2}
		w.run(time.Minute)
		require.Equal(t, []floor.Do{floor.DeleteSwitch}, w.dos())
		require.Equal(t, int32(2), *w.plan.Base)
	})
	t.Run("with what the former life wrote seen late", func(t *testing.T) {
		w := newWorld(t, 2, 50)
		w.state.sw = &floor.Switch{At: epoch.Add(4 * time.Minute), Restores: 2}
		w.run(4 * time.Second)
		w.state.min = 8
		w.run(time.Minute)
		require.Equal(t, int32(2), *w.plan.Base)
	})
	t.Run("with a switch that AWS is late to run", func(t *testing.T) {
		w := newWorld(t, 2, 50)
		w.state.min, w.state.sw = 8, &floor.Switch{At: epoch.Add(-10 * time.Second), Restores: 2}
		w.wants(9, 2)
		w.run(time.Minute)
		require.Empty(t, w.dos(), "whose the 8 is shows when it has run")
		w.state.min = 2
		w.run(time.Minute)
		require.Equal(t, int32(2), *w.plan.Base)
		require.Equal(t, int32(9), w.state.min)
	})
	t.Run("after somebody went below the base", func(t *testing.T) {
		w := newWorld(t, 2, 50)
		w.another(1)
		w.state.sw = &floor.Switch{At: epoch.Add(4 * time.Minute), Restores: 2}
		w.run(time.Minute)
		require.Equal(t, int32(1), *w.plan.Base)
		require.Nil(t, w.state.sw, "it would overwrite theirs")
	})
	t.Run("with an old switch that did not run for being suspended", func(t *testing.T) {
		w := newWorld(t, 8, 50)
		w.state.suspended = true
		w.state.sw = &floor.Switch{At: epoch.Add(-time.Hour), Restores: 2}
		w.wants(9, 2)
		w.run(time.Hour)
		require.Empty(t, w.dos(), "whose the 8 is cannot be known")
		require.Equal(t, floor.Suspended, w.plan.Condition)
	})
}

func TestAnothersMinimumIsTheBase(t *testing.T) {
	t.Run("while nothing is raised", func(t *testing.T) {
		w := newWorld(t, 2, 50)
		w.run(time.Minute)
		w.another(5)
		w.run(2 * time.Minute)
		require.Equal(t, int32(5), *w.plan.Base)
		require.Equal(t, floor.Ready, w.plan.Condition, "nobody was overwritten")
		w.wants(8, 2)
		w.run(2 * time.Second)
		require.Equal(t, int32(5), w.state.sw.Restores)
	})
	for name, theirs := range map[string]int32{"reset to the base": 2, "above the base": 5, "above the floor": 20, "below the base": 1} {
		t.Run("over a floor, "+name, func(t *testing.T) {
			w := raised(t)
			w.run(time.Minute)
			w.another(theirs)
			w.need.Running = 2 // the floor would be raised again at once
			w.need.Desired = 30
			w.run(time.Minute)
			require.Equal(t, theirs, w.state.min)
			require.Equal(t, floor.Paused, w.plan.Condition)
			require.Equal(t, theirs, *w.plan.Base)
			require.NotEmpty(t, w.plan.Condition.Trouble())
			require.Nil(t, w.state.sw, "it would overwrite theirs")
			w.run(8 * time.Minute)
			require.Equal(t, theirs, w.state.min, "it is paused")
			w.run(3 * time.Minute)
			require.Equal(t, int32(30), w.state.min, "and goes on")
			require.Equal(t, theirs, w.state.sw.Restores)
		})
	}
}

func TestWhatAWSRefusedIsNotOurs(t *testing.T) {
	w := newWorld(t, 2, 50)
	w.run(time.Minute)
	w.faulty = func(a floor.Action) fault {
		if a.Do == floor.SetMinimum {
			return refused
		}
		return fine
	}
	w.wants(8, 2)
	w.run(2 * time.Second)
	w.need = floor.Need{}
	w.another(8)
	w.run(time.Minute)
	require.Equal(t, int32(8), *w.plan.Base)
}

func TestASwitchThatRanIsNoPause(t *testing.T) {
	w := raised(t)
	w.faulty = func(floor.Action) fault { return refused }
	w.run(6 * time.Minute)
	require.Equal(t, 1, w.fires)
	require.Equal(t, int32(2), w.state.min)
	w.faulty = func(floor.Action) fault { return fine }
	w.need.Running = 2
	w.run(2 * time.Minute)
	require.Equal(t, int32(8), w.state.min)
}

func TestSuspendedScheduledScalingTakesTheFloorDown(t *testing.T) {
	w := raised(t)
	w.run(time.Minute)
	w.state.suspended = true
	w.run(time.Minute)
	require.Equal(t, int32(2), w.state.min, "while somebody lives who can")
	require.Equal(t, floor.Suspended, w.plan.Condition)
}

func TestAWrongClockHoldsTheFloor(t *testing.T) {
	w := raised(t)
	w.skew = 10 * time.Minute // instants are AWS's all the same
	w.wants(20, 8)
	w.run(time.Hour)
	require.Equal(t, int32(8), w.state.min)
	require.Zero(t, w.fires)
	require.Equal(t, floor.ClockSkew, w.plan.Condition)
}

func TestASwitchThatIsGoneIsPutAgain(t *testing.T) {
	for name, change := range map[string]func(sw floor.Switch) *floor.Switch{
		"deleted":         func(floor.Switch) *floor.Switch { return nil },
		"odd":             func(floor.Switch) *floor.Switch { return &floor.Switch{Odd: true} },
		"of another base": func(sw floor.Switch) *floor.Switch { sw.Restores = 7; return &sw },
	} {
		t.Run(name, func(t *testing.T) {
			w := raised(t)
			w.run(time.Minute)
			w.state.sw = change(*w.state.sw)
			w.run(20 * time.Second)
			require.Equal(t, int32(2), w.state.sw.Restores)
		})
	}
}

func TestAnotherWriterIsLeftAlone(t *testing.T) {
	w := raised(t)
	w.run(time.Minute)
	w.dos()
	w.lawless = true // the other's signs of life are not seen
	w.state.sw = &floor.Switch{At: epoch.Add(w.now + 250*time.Second), Restores: 2}
	w.state.min = 7
	w.run(4 * time.Minute)
	require.Empty(t, w.dos(), strings.Join(w.notes, "\n"))
	require.Equal(t, floor.OtherWriter, w.plan.Condition)
	w.run(10 * time.Minute)
	require.Equal(t, int32(2), *w.plan.Base, "the base is not lost over it")
}

func TestLooksHaveTheirPace(t *testing.T) {
	looks := func(w *world, d time.Duration) int {
		n := 0
		for end := w.now + d; w.now < end; w.now += 2 * time.Second {
			if w.memory.Due(w.now, w.need, w.limits) {
				n++
				w.step()
			}
		}
		return n
	}
	idle := newWorld(t, 2, 50)
	idle.run(time.Minute)
	require.InDelta(t, 10, looks(idle, 10*time.Minute), 1)
	barred := newWorld(t, 2, 50)
	barred.state.suspended = true
	barred.wants(8, 2)
	barred.run(time.Minute)
	require.InDelta(t, 20, looks(barred, 10*time.Minute), 2)
	up := raised(t)
	require.InDelta(t, 38, looks(up, 10*time.Minute), 3)
}

func TestConditionsHaveTheirWords(t *testing.T) {
	fine := []floor.Condition{floor.Ready, floor.Raised, floor.Settling}
	for _, c := range floor.Conditions() {
		require.Equal(t, slices.Contains(fine, c), c.Trouble() == "", c)
	}
}
