package estimate_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

var scale = estimate.Scale{Lowest: 1, Growth: 1.02, Buckets: 200, HalfLife: time.Hour}

func TestAQuantileIsWithinABucketOfTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 50), 1, 200).Draw(t, "values")
		p := rapid.Float64Range(0.01, 1).Draw(t, "p")
		var h estimate.Histogram
		for _, v := range values {
			scale.Add(&h, v, 1, 0)
		}
		slices.Sort(values)
		want := values[int(math.Ceil(p*float64(len(values))-1e-6))-1]
		got, ok := scale.Quantile(h, p)
		require.True(t, ok)
		require.GreaterOrEqual(t, got, want*(1-1e-9))
		require.LessOrEqual(t, got, want*scale.Growth*(1+1e-6))
	})
}

func TestWhatIsOldCountsHalf(t *testing.T) {
	var h estimate.Histogram
	scale.Add(&h, 10, 1, 0)
	scale.Add(&h, 2, 1, time.Hour)
	require.InDelta(t, 1.5, scale.Weight(h), 1e-6)
	for _, tt := range []struct{ p, low, high float64 }{{0.6, 2, 2.05}, {0.7, 10, 10.21}} {
		v, ok := scale.Quantile(h, tt.p)
		require.True(t, ok)
		require.True(t, v >= tt.low && v <= tt.high, "%g", v)
	}
}

func TestWhatIsNoNumberIsNotAdded(t *testing.T) {
	var h estimate.Histogram
	for _, v := range [][2]float64{{math.NaN(), 1}, {2, math.NaN()}, {2, 0}, {2, -1}, {2, math.Inf(1)}} {
		scale.Add(&h, v[0], v[1], 0)
	}
	_, ok := scale.Quantile(h, 0.5)
	require.False(t, ok)
	scale.Add(&h, math.Inf(1), 1, 0)
	scale.Add(&h, -3, 1, 0)
	require.InDelta(t, 2, scale.Weight(h), 1e-9)
	require.Len(t, h.Weights, scale.Buckets)
}
