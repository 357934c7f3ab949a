package estimate_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

func TestWhatAProviderRemembersFillsGapsAlone(t *testing.T) {
	s := &estimate.Season{Unit: 10}
	now := lived(s, monday, 1, func(time.Time) float64 { return 100 })
	require.False(t, s.Fill(monday.Add(time.Hour), 900), "it was seen here")
	for at := monday.AddDate(0, 0, -2); at.Before(monday); at = at.Add(4 * time.Minute) {
		require.True(t, s.Fill(at, 300))
	}
	require.False(t, s.Fill(monday.AddDate(0, 0, -9), 300), "too long ago")
	for _, v := range []float64{math.NaN(), math.Inf(1), -1} {
		require.False(t, s.Fill(monday.AddDate(0, 0, -3), v))
	}
	f, ok := s.Ahead(now.Add(12*time.Hour), time.Minute)
	require.True(t, ok)
	require.Equal(t, 3, f.Days)
	require.InEpsilon(t, 300, f.Value/f.Factor, 0.06)
}

func TestASeasonIsColdUntilADayWasSeenAndAfterALongGap(t *testing.T) {
	s := &estimate.Season{Unit: 10}
	require.True(t, s.Cold(monday, time.Hour))
	now := lived(s, monday, 1, wave)
	require.False(t, s.Cold(now, time.Hour))
	require.True(t, s.Cold(now.Add(2*time.Hour), time.Hour))
}
