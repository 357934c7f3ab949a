package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMeasure(t *testing.T) {
	var out strings.Builder
	require.NoError(t, measure(t.Context(), &out, 6*time.Hour, 100))
	for _, want := range []string{"steps a second", "8 autoscalers", "8 policies", "100 policies of auto", "KiB of memory a policy", "times as much"} {
		require.Contains(t, out.String(), want)
	}
}

// TestWhatARunHolds: it does not grow with the traffic, and a step makes no garbage.
func TestWhatARunHolds(t *testing.T) {
	d, err := documents()
	require.NoError(t, err)
	long := traffic(48 * time.Hour)
	first, err := d.held(t.Context(), traffic(12*time.Hour))
	require.NoError(t, err)
	fourth, err := d.held(t.Context(), long)
	require.NoError(t, err)
	require.Less(t, float64(fourth), 1.5*float64(first)+64<<10)
	c, err := d.cost(t.Context(), long)
	require.NoError(t, err)
	require.Less(t, float64(c.allocations)/float64(long.Len()), 0.5)
}
