package signals_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/signals"
)

// TestAPastIsWhatWasWithin5Percent holds slots of four minutes against the highest of
// their samples; those are not hundreds of times apart, which a byte cannot tell.
func TestAPastIsWhatWasWithin5Percent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(rapid.Int64Range(0, 3e9).Draw(t, "from"), 0).UTC().Truncate(signals.PastSlot)
		highest := map[time.Time]float64{}
		var samples []signals.Sample
		for i, v := range rapid.SliceOfN(rapid.Float64Range(10, 1000), 0, 60).Draw(t, "values") {
			at := from.Add(time.Duration(i) * time.Minute)
			samples = append(samples, signals.Sample{At: at, Value: v})
			slot := at.Truncate(signals.PastSlot)
			highest[slot] = max(highest[slot], v)
		}
		p := signals.NewPast(signals.Subject{Provider: "p", Query: "q"}, from, time.Minute, samples)
		got := maps.Collect(p.All())
		require.Len(t, got, len(highest))
		for at, v := range highest {
			require.InEpsilon(t, v, got[at], 0.03)
		}
		require.Equal(t, time.Duration(len(highest))*signals.PastSlot, p.Known())
	})
}

func TestAPastOfGarbageIsSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var samples []signals.Sample
		for range rapid.IntRange(0, 50).Draw(t, "n") {
			samples = append(samples, signals.Sample{
				At: time.Unix(rapid.Int64Range(-1e9, 5e9).Draw(t, "at"), 0), Value: rapid.Float64().Draw(t, "value"),
			})
		}
		from := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "from"), 0)
		p := signals.NewPast(signals.Subject{}, from, time.Duration(rapid.Int64Range(-1e9, 1e15).Draw(t, "step")), samples)
		raw, err := json.Marshal(p)
		require.NoError(t, err)
		require.Less(t, len(raw), 5<<10)
		for _, v := range p.All() {
			require.GreaterOrEqual(t, v, 0.0)
		}
	})
}
