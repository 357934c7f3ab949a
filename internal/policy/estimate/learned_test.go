package estimate_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

func TestStartUpFromOrderToReady(t *testing.T) {
	var s estimate.StartUp
	took, sure := s.P90()
	require.Equal(t, estimate.PriorStartUp, took)
	require.Zero(t, sure)
	at := time.Hour
	ordered := int32(10)
	s.Look(ordered, ordered, false, at)
	for range 10 { // 2 are ordered, another is and is given up, both are ready 120 s on
		s.Look(ordered+2, ordered, false, at+15*time.Second)
		s.Look(ordered+3, ordered, false, at+30*time.Second)
		s.Look(ordered+2, ordered, false, at+45*time.Second)
		s.Look(ordered+2, ordered, false, at+120*time.Second)
		ordered += 2
		at += 135 * time.Second
		s.Look(ordered, ordered, false, at)
	}
	took, sure = s.P90()
	require.InEpsilon(t, 120, took.Seconds(), 0.1)
	require.Greater(t, sure, 0.5)
	was := took
	for range 100 { // lost and replaced, and a deployment: no starts
		s.Look(ordered, ordered-1, false, at+15*time.Second)
		s.Look(ordered, ordered, false, at+30*time.Second)
		s.Look(ordered+5, ordered, true, at+45*time.Second)
		s.Look(ordered, ordered, true, at+60*time.Second)
		at += time.Minute
	}
	took, _ = s.P90()
	require.Equal(t, was, took)
}

func TestACapacityRisesSlowlyAndFallsAtOnce(t *testing.T) {
	var c estimate.Capacity
	v, sure := c.Value(0)
	require.Zero(t, v)
	require.Zero(t, sure)
	at := time.Duration(0)
	for range 100 {
		at += 15 * time.Second
		c.Add(30, 0.1, 0.3, at)
	}
	v, _ = c.Value(at)
	require.InEpsilon(t, 33, v, 0.05, "a tenth above what was seen")
	c.Add(32, 0.5, 0.3, at)
	v, _ = c.Value(at)
	require.InEpsilon(t, 32*0.9, v, 0.01)
	was := v
	c.Add(5, 0.5, 0.3, at)
	v, _ = c.Value(at)
	require.Equal(t, was, v, "what goes on tells nothing new") //nolint:testifylint // the same number
	c.Add(30, 0.1, 0.3, at)
	c.Add(5, 0.5, 0.3, at)
	v, _ = c.Value(at)
	require.Equal(t, was, v, "not the replicas' fault") //nolint:testifylint // the same number
}

// TestADayOfGarbageHeals has a loop whose replicas carry 40: a day of it, a day of
// garbage, and another day of it.
func TestADayOfGarbageHeals(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), -1, 0, 1e300, 1e-300}
	for name, garbage := range map[string]func(r *rand.Rand) (load, latency float64){
		"late, whatever the load": func(*rand.Rand) (float64, float64) { return 1, 1 },
		"late at random":          func(r *rand.Rand) (float64, float64) { return 100 * r.Float64(), r.Float64() },
		"no numbers":              func(r *rand.Rand) (float64, float64) { return odd[r.IntN(len(odd))], odd[r.IntN(len(odd))] },
		"huge":                    func(*rand.Rand) (float64, float64) { return 4000, 0.1 },
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
			var c estimate.Capacity
			at := time.Duration(0)
			day := func(sample func(known float64, i int) (float64, float64)) float64 {
				for i := range 1440 {
					at += time.Minute
					known, _ := c.Value(at)
					load, latency := sample(known, i)
					c.Add(load, latency, 0.3, at)
				}
				v, _ := c.Value(at)
				return v
			}
			sound := func(known float64, i int) (float64, float64) {
				load := max(known, 10) * (0.9 + 0.01*float64(i%11))
				if load > 40 {
					return load, 1
				}
				return load, 0.1
			}
			require.InEpsilon(t, 40, day(sound), 0.15)
			day(func(float64, int) (float64, float64) { return garbage(random) })
			raw, err := json.Marshal(c)
			require.NoError(t, err)
			require.Less(t, len(raw), 6<<10)
			require.InEpsilon(t, 40, day(sound), 0.2)
		})
	}
}
