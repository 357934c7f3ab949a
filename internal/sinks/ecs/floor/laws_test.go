package floor_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// TestLaws holds random histories of decisions, faults, deaths, foreign writes and
// late reads to the laws that the world states: no raise without a pending switch that
// restores the base; nothing above the maxima or the need; no floor that outlives its
// last sign of life by more than its time to live; nobody else's minimum overwritten
// with something lower; and, once all is quiet, the base back and no switch left.
func TestLaws(t *testing.T) {
	for seed := range uint64(40) {
		history(t, seed, 200)
	}
}

func FuzzLaws(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var seed [8]byte
		copy(seed[:], raw)
		history(t, binary.LittleEndian.Uint64(seed[:]), 10)
	})
}

// history is one random life after another.
func history(t *testing.T, seed uint64, events int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	w := newWorld(t, r.Int32N(5), 20+r.Int32N(20))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d:\n%s", seed, strings.Join(w.notes, "\n"))
		}
	}()
	w.rand = r
	w.limits = floor.Limits{TTL: time.Duration(1+r.Int64N(10)) * time.Minute, Cooldown: time.Duration(5+r.Int64N(30)) * time.Second, Max: 15 + r.Int32N(20)}
	w.lag = time.Duration(r.Int64N(8)) * time.Second
	w.late = time.Duration(r.Int64N(60)) * time.Second
	w.removes = r.IntN(2) == 0
	for range events {
		event(w, r)
		w.run(time.Duration(2+r.Int64N(60)) * time.Second)
	}
	quiet(w)
}

func event(w *world, r *rand.Rand) {
	switch r.IntN(12) {
	case 0, 1, 2, 3:
		w.wants(r.Int32N(40), r.Int32N(20))
	case 4:
		w.need = floor.Need{}
	case 5:
		w.need.MayLower = false
	case 6:
		odds := r.IntN(3)
		w.faulty = func(floor.Action) fault {
			if r.IntN(3) < odds {
				return fault(1 + r.IntN(3))
			}
			return fine
		}
	case 7:
		w.faulty = func(floor.Action) fault { return fine }
	case 8:
		calm(w)
		need := w.need
		w.need = floor.Need{} // what is raised before another's write can be seen overwrites it
		w.another(theirs(w, r))
		w.run(10 * time.Second)
		w.need = need
		w.run(time.Minute)
	case 9, 10:
		w.die()
		w.run(time.Duration(r.Int64N(400)) * time.Second)
		w.born()
	case 11:
		w.need.Running = w.capacity
	}
}

// calm ends all faults and gives what lives time to catch up. Of what somebody else
// sets while nobody lives, or while calls fail for as long as a switch lives, no law
// tells: the switch that is out then overwrites it.
func calm(w *world) {
	w.faulty = func(floor.Action) fault { return fine }
	w.run(3 * time.Minute)
}

// theirs is a minimum that nobody could take for one of ours.
func theirs(w *world, r *rand.Rand) int32 {
	for {
		n := r.Int32N(w.state.max)
		if n != w.state.min && n != w.need.Desired {
			return n
		}
	}
}

func quiet(w *world) {
	w.t.Helper()
	w.faulty = func(floor.Action) fault { return fine }
	w.wants(0, w.capacity)
	w.run(2*w.limits.TTL + 20*time.Minute)
	require.Equal(w.t, w.foreign, w.state.min, "the base is lost")
	require.Nil(w.t, w.state.sw, "a switch is left")
	require.Equal(w.t, floor.Ready, w.plan.Condition)
	require.Equal(w.t, w.foreign, *w.plan.Base)
}

// TestTwoWritersLoseNoBase: against the rule, two lives act on one service.
func TestTwoWritersLoseNoBase(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 11))
		w := newWorld(t, 2, 40)
		w.lawless = true
		other := floor.Memory{}
		for range 200 {
			if r.IntN(3) == 0 {
				w.wants(r.Int32N(30), r.Int32N(20))
			}
			w.run(time.Duration(2+r.Int64N(20)) * time.Second)
			if other.Due(w.now, w.need, w.limits) {
				w.memory, other = other, w.memory
				w.step()
				w.memory, other = other, w.memory
			}
		}
		w.wants(0, w.capacity)
		w.run(30 * time.Minute)
		require.Equal(t, int32(2), w.state.min, "seed %d:\n%s", seed, strings.Join(w.notes, "\n"))
	}
}
