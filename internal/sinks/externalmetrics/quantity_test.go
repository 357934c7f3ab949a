package externalmetrics

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/scaler-dev/scaler/internal/signals"
)

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		value float64
		milli int64
		text  string
	}{
		{0, 0, "0"},
		{math.Copysign(0, -1), 0, "0"},
		{0.001, 1, "1m"},
		{0.0014, 1, "1m"},
		{0.0016, 2, "2m"},
		{0.25, 250, "250m"},
		{0.9996, 1000, "1"},
		{1, 1000, "1"},
		{1.00051, 1001, "1001m"},
		{37, 37_000, "37"},
		{1234.5678, 1_234_568, "1234568m"},
		{4_294_967_296.125, 4_294_967_296_125, "4294967296125m"},
		{9e12 + 0.5, 9_000_000_000_000_500, "9000000000000500m"},
		{1e15, 1e18, "1P"},
		{1e15 + 1, 1e18 + 1000, "1000000000000001"},
		{9.2e15, 9.2e18, "9200T"},
	} {
		t.Run(c.text, func(t *testing.T) {
			m, ok := milli(c.value)
			require.True(t, ok)
			require.Equal(t, c.milli, m)
			q := quantity(m)
			require.Equal(t, c.text, q.String())
			require.Equal(t, c.milli, q.MilliValue())
			require.Equal(t, c.milli, overTheWire(t, q).MilliValue())
		})
	}
}

func TestQuantityRefuses(t *testing.T) {
	for _, v := range []float64{
		4e-4, 0.00099999, math.SmallestNonzeroFloat64, -4e-4, -1, 9.200000000000002e15, 1e16, 1e300,
		math.NaN(), math.Inf(1), math.Inf(-1),
	} {
		_, ok := milli(v)
		require.False(t, ok, "%v", v)
	}
}

// FuzzQuantity shows that whatever is served is read back by the autoscaler within
// half a thousandth, and never negative.
func FuzzQuantity(f *testing.F) {
	for _, v := range []float64{0, 0.001, 0.25, 37, 1e15, 9.2e15, 1e16, 4e-4, -1, math.NaN(), math.Inf(1)} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		m, ok := milli(v)
		if !ok {
			require.False(t, v == 0 || (v >= minValue && v <= signals.MaxValue), "%v", v)
			return
		}
		q := quantity(m)
		read := overTheWire(t, q).MilliValue()
		require.GreaterOrEqual(t, read, int64(0))
		require.Equal(t, m, read)
		require.InDelta(t, v, float64(read)/milliPerUnit, 0.0005+v*1e-15)
	})
}

func overTheWire(t *testing.T, q resource.Quantity) *resource.Quantity {
	t.Helper()
	b, err := json.Marshal(q)
	require.NoError(t, err)
	var back resource.Quantity
	require.NoError(t, json.Unmarshal(b, &back))
	return &back
}
