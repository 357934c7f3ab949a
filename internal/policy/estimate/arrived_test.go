package estimate_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

const within = 5 * time.Minute

type came struct {
	until    time.Duration
	messages float64
}

func waiting(a *estimate.Arrived, messages float64, oldest time.Duration) (out []came) {
	for until, n := range a.Waiting(messages, oldest) {
		out = append(out, came{until, n})
	}
	return out
}

func TestTheNewestWait(t *testing.T) {
	a := estimate.Arrived{Since: time.Hour}
	for i, n := range []float64{10, 0, 5, 20} {
		a.Add(n, time.Hour+time.Duration(i+1)*time.Minute, within)
	}
	at := func(minutes int) time.Duration { return time.Hour + time.Duration(minutes)*time.Minute }
	require.Empty(t, waiting(&a, 0, at(0)))
	require.Equal(t, []came{{at(4), 3}}, waiting(&a, 3, at(0)))
	require.Equal(t, []came{{at(3), 2}, {at(4), 22}}, waiting(&a, 22, at(0)))
	require.Equal(t, []came{{at(1), 10}, {at(3), 15}, {at(4), 35}}, waiting(&a, 35, at(0)), "in nobody's slot is nobody")
	require.Equal(t, []came{{at(0), 5}, {at(1), 15}, {at(3), 20}, {at(4), 40}}, waiting(&a, 40, at(2)), "they came before all that is known")
	require.Equal(t, came{at(-9), 5}, waiting(&a, 40, at(-9))[0], "as somebody says")
}

// TestWhatCameIsBounded: all that waits came at some time, and no more of it by an earlier
// one. What came so long ago that it is late is forgotten.
func TestWhatCameIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a estimate.Arrived
		at, all := time.Duration(0), 0.0
		for range rapid.IntRange(1, 200).Draw(t, "samples") {
			at += time.Duration(rapid.IntRange(1, 120).Draw(t, "after")) * time.Second
			n := float64(rapid.IntRange(0, 1000).Draw(t, "messages"))
			a.Add(n, at, within)
			all += n
		}
		raw, err := json.Marshal(a)
		require.NoError(t, err)
		require.Less(t, len(raw), 1500)
		backlog := float64(rapid.IntRange(1, 1_000_000).Draw(t, "backlog"))
		got := waiting(&a, backlog, 0)
		for i := 1; i < len(got); i++ {
			require.Greater(t, got[i].until, got[i-1].until)
			require.Greater(t, got[i].messages, got[i-1].messages)
		}
		if all > 0 {
			require.InDelta(t, backlog, got[len(got)-1].messages, 1e-6)
		}
		if backlog > all {
			require.LessOrEqual(t, got[0].until, max(0, at-within))
		}
	})
}
