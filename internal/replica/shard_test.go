package replica

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/mirror"
)

func TestWithoutLeadershipItAlwaysLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.Leadership, w.Follower, w.Saved = nil, nil, nil
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = w.Run(ctx) }()
		sleep(time.Minute)
		require.True(t, w.Leads())
		require.EqualValues(t, 37, w.desires())
		require.True(t, w.Lift("shop"))
		require.EqualValues(t, 1, w.beside.Load())
		cancel()
		<-done
		require.False(t, w.Leads())
	})
}

func TestItFollowsWhoeverLeads(t *testing.T) {
	during(t, func(w *world) {
		t := w.t
		sleep(time.Minute)
		require.Empty(t, w.stream.all, "nobody leads")
		require.Nil(t, w.Status())
		for _, holder := range []string{other, third, other} {
			w.throne.set(holder)
			sleep(0)
			require.Equal(t, AddressOf(holder), w.stream.follows())
			require.False(t, w.Lift("shop"), "only who leads can")
		}
		w.throne.set("somebody who has no address")
		sleep(time.Minute)
		require.Empty(t, w.stream.follows())
		w.throne.set(me) // as it was before a restart of nothing but the loop
		sleep(time.Minute)
		require.Empty(t, w.stream.follows())
		require.Zero(t, w.source.calls.Load(), "who follows asks nobody")
	})
}

func TestAStreamThatFailsIsTriedAgainAndToldOnce(t *testing.T) {
	during(t, func(w *world) {
		t := w.t
		w.stream.err = errors.New("refused")
		w.throne.set(other)
		sleep(time.Minute)
		require.Greater(t, len(w.stream.all), 100)
		require.Less(t, len(w.stream.all), 150, "less often after a while")
		require.Equal(t, 1, strings.Count(w.log.String(), "cannot follow the leader"), w.log)
		w.stream.mu.Lock()
		w.stream.err = mirror.ErrNotLeading // it has just stopped, or has yet to begin
		w.stream.mu.Unlock()
		sleep(time.Minute)
		require.Equal(t, 1, strings.Count(w.log.String(), "cannot follow the leader"), w.log)
	})
}

// When a stream ends, the next leader is looked for, and not waited for.
func TestTheNextLeaderIsLookedFor(t *testing.T) {
	during(t, func(w *world) {
		t := w.t
		w.throne.set(other)
		sleep(time.Hour)
		require.LessOrEqual(t, w.throne.looks.Load(), int64(1), "not while there is one")
		w.stream.mu.Lock()
		w.stream.err = mirror.ErrNotLeading
		w.stream.mu.Unlock()
		w.throne.set("") // it has given up
		sleep(time.Second)
		require.Greater(t, w.throne.looks.Load(), int64(2))
		w.stream.mu.Lock()
		w.stream.err = nil
		w.stream.mu.Unlock()
		w.throne.mu.Lock()
		w.throne.next = third
		w.throne.mu.Unlock()
		sleep(2 * again)
		require.Equal(t, "10.0.0.3:9443", w.stream.follows())
	})
}

// A term that ends leaves its numbers, not those of before it.
func TestAfterATermItTellsWhatItDecidedLast(t *testing.T) {
	during(t, func(w *world) {
		t := w.t
		end := w.throne.begin(t)
		sleep(50 * time.Second)
		require.True(t, w.Leads())
		require.EqualValues(t, 37, w.desires())
		end()
		first := w.Status()
		require.True(t, first.Mirrored, "nobody here decides any more")
		require.Empty(t, first.Providers)

		w.source.value.Store(90)
		end = w.throne.begin(t)
		sleep(50 * time.Second)
		require.EqualValues(t, 90, w.desires())
		end()
		require.False(t, w.Leads())
		require.EqualValues(t, 90, w.desires())
		require.Greater(t, w.Status().Now.Mono, first.Now.Mono)
		calls := w.source.calls.Load()
		w.throne.set(other)
		sleep(time.Minute)
		require.Equal(t, "10.0.0.2:9443", w.stream.follows())
		require.Equal(t, calls, w.source.calls.Load())
		require.Zero(t, w.beside.Load())
	})
}

// Who takes over knows at once what was known, is ready at once, and asks no saved
// state, which is older.
func TestATermGoesOnFromWhatWasMirrored(t *testing.T) {
	during(t, func(w *world) {
		t := w.t
		end := w.throne.begin(t)
		require.EqualValues(t, 1, w.saved.loads.Load(), "at first there is nothing better")
		sleep(50 * time.Second)
		end()
		w.source.value.Store(5)
		end = w.throne.begin(t)
		sleep(time.Millisecond) // the first tick, before any call
		require.True(t, w.Status().AllPolled)
		require.False(t, w.Status().Mirrored)
		require.EqualValues(t, 37, w.desires())
		require.EqualValues(t, 1, w.saved.loads.Load())
		end()
	})
}

func TestAFirstTermGoesOnFromWhatWasSaved(t *testing.T) {
	var state engine.State
	during(t, func(w *world) {
		t := w.t
		end := w.throne.begin(t)
		sleep(50 * time.Second)
		end()
		state, _ = w.Mirror.State()
	})
	during(t, func(w *world) {
		t := w.t
		w.saved.state = state
		w.source.value.Store(5)
		end := w.throne.begin(t)
		sleep(2 * time.Second)
		d, ok := w.Status().Decision(orders)
		require.True(t, ok)
		require.NotNil(t, d.Previous, "it is no cold start")
		require.EqualValues(t, 37, *d.Previous)
		end()
	})
}

func TestWhoCannotLeadFollowsAgain(t *testing.T) {
	during(t, func(w *world) {
		t := w.t
		w.fails.Store(true)
		_ = w.throne.begin(t)
		require.False(t, w.Leads())
		require.Contains(t, w.log.String(), "cannot lead")
		w.throne.set(other)
		sleep(time.Second)
		require.Equal(t, "10.0.0.2:9443", w.stream.follows())
	})
}

func TestWhoLeadsFollowsNobody(t *testing.T) {
	during(t, func(w *world) {
		t := w.t
		end := w.throne.begin(t)
		sleep(time.Second)
		end()
		w.throne.set(other)
		sleep(time.Second)
		require.NotEmpty(t, w.stream.follows())
		_ = w.throne.begin(t)
		require.Empty(t, w.stream.follows(), "who leads follows nobody")
		require.True(t, w.Leads())
	})
}

func TestAddresses(t *testing.T) {
	for identity, want := range map[string]string{
		Identity("pod-1", "ab12", "10.0.0.7:9443"): "10.0.0.7:9443",
		Identity("pod-1", "ab12", "[::1]:9443"):    "[::1]:9443",
		"pod-1_ab12":                               "", "": "", "thief@": "",
	} {
		require.Equal(t, want, AddressOf(identity), identity)
	}
}
