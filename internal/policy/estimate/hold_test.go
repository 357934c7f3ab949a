package estimate_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

func TestAReplicaIdleForLessThanItsStartIsKept(t *testing.T) {
	var h estimate.Hold
	keep := estimate.BreakEven{StartUp: 40 * time.Second, Churn: 20 * time.Second}.Keep()
	require.Equal(t, time.Minute, keep)
	for _, tt := range []struct {
		at         time.Duration
		want, held int32
		until      time.Duration
	}{
		{0, 10, 10, 0},
		{60 * time.Second, 4, 10, 120 * time.Second}, // wanted until 60 s
		{90 * time.Second, 6, 10, 120 * time.Second},
		{119 * time.Second, 2, 10, 120 * time.Second},
		{120 * time.Second, 2, 6, 179 * time.Second},
		{179 * time.Second, 2, 2, 0},
		{180 * time.Second, 9, 9, 0},
	} {
		held, until := h.Raise(tt.want, tt.at, keep)
		require.Equal(t, tt.held, held, "at %s", tt.at)
		require.Equal(t, tt.until, until, "at %s", tt.at)
	}
}

type asked struct {
	want int32
	at   time.Duration
}

func TestHoldIsTheMaximumOfItsWindowOrMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := time.Duration(rapid.IntRange(0, 600).Draw(t, "keep")) * time.Second
		var h, higher estimate.Hold
		var past []asked
		now := time.Duration(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(1, 30).Draw(t, "dt")) * time.Second
			want := rapid.Int32Range(0, 100).Draw(t, "want")
			past = append(past, asked{want, now})
			held, until := h.Raise(want, now, keep)
			truth := most(past, now-keep)
			if len(h.Marks) < 31 { // nothing was joined yet
				require.Equal(t, truth, held)
			}
			require.GreaterOrEqual(t, held, truth)
			require.Equal(t, held > want, until > now)
			more, _ := higher.Raise(want+rapid.Int32Range(0, 20).Draw(t, "more"), now, keep)
			if len(h.Marks) < 31 {
				require.GreaterOrEqual(t, more, held)
			}
		}
		raw, err := json.Marshal(h)
		require.NoError(t, err)
		require.Less(t, len(raw), 2048)
	})
}

// most is the most that was wanted after an instant: each want lasts until the next.
func most(past []asked, since time.Duration) int32 {
	best := past[len(past)-1].want
	for i := range past[:len(past)-1] {
		if past[i+1].at > since {
			best = max(best, past[i].want)
		}
	}
	return best
}

// A cycle of need and idleness costs at most twice what knowing the future would.
func TestBreakEvenIsTwoCompetitive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Duration(rapid.IntRange(1, 600).Draw(t, "start"))
		idle := time.Duration(rapid.IntRange(0, 6000).Draw(t, "idle"))
		keep := estimate.BreakEven{StartUp: start}.Keep()
		ours := idle
		if idle >= keep {
			ours = keep + start
		}
		require.LessOrEqual(t, ours, 2*min(idle, start))
	})
}
