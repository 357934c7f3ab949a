package estimate_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// wave is a day with a step at nine and one back at seventeen.
func wave(at time.Time) float64 {
	if h := at.Hour(); h >= 9 && h < 17 {
		return 1000
	}
	return 100
}

func lived(s *estimate.Season, from time.Time, days int, value func(time.Time) float64) time.Time {
	to := from.AddDate(0, 0, days)
	for ; from.Before(to); from = from.Add(time.Minute) {
		s.Add(from, value(from))
	}
	return to
}

func TestASeasonTellsWhatComesBeforeItDoes(t *testing.T) {
	s := &estimate.Season{Unit: 100}
	now := lived(s, monday, 3, wave)
	for _, tt := range []struct {
		at   time.Duration
		want float64
	}{{6 * time.Hour, 100}, {9*time.Hour - 4*time.Minute, 1000}, {12 * time.Hour, 1000}, {18 * time.Hour, 100}} {
		copied := s.Clone()
		at := lived(copied, now, 0, wave)
		for ; at.Before(now.Add(tt.at)); at = at.Add(time.Minute) {
			copied.Add(at, wave(at))
		}
		f, ok := copied.Ahead(at, time.Minute)
		require.True(t, ok)
		require.Equal(t, 3, f.Days)
		require.InEpsilon(t, tt.want, f.Value, 0.06, "%s", tt.at)
	}
}

func TestADayThatIsBusierIsForecastBusier(t *testing.T) {
	for factor, want := range map[float64]float64{0.2: 0.7, 0.9: 0.9, 1.2: 1.2, 5: 1.5} {
		s := &estimate.Season{Unit: 10}
		now := lived(s, monday, 4, func(time.Time) float64 { return 100 })
		for end := now.Add(time.Hour); now.Before(end); now = now.Add(time.Minute) {
			s.Add(now, 100*factor)
		}
		f, ok := s.Ahead(now, time.Minute)
		require.True(t, ok)
		require.InEpsilon(t, want, f.Factor, 0.06)
	}
}

func TestWeekendsAreToldApartAfterTwoWeeks(t *testing.T) {
	s := &estimate.Season{Unit: 10}
	weekly := func(at time.Time) float64 {
		if d := at.Weekday(); d == time.Saturday || d == time.Sunday {
			return 20
		}
		return 200
	}
	now := lived(s, monday, 12, weekly) // Saturday
	f, _ := s.Ahead(now.Add(12*time.Hour), 0)
	require.False(t, f.Weekly)
	require.InEpsilon(t, 200, f.Value, 0.06)
	now = lived(s, now, 7, weekly)
	f, _ = s.Ahead(now.Add(12*time.Hour), 0)
	require.True(t, f.Weekly)
	require.Equal(t, 2, f.Days)
	require.InEpsilon(t, 20, f.Value, 0.06)
}

func TestADayOfGarbageOrOfGapsChangesNothing(t *testing.T) {
	for name, day := range map[string]func(time.Time) float64{
		"high": func(time.Time) float64 { return 1e12 }, "zero": func(time.Time) float64 { return 0 },
		"none": func(time.Time) float64 { return math.NaN() }, "without end": func(time.Time) float64 { return math.Inf(1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := &estimate.Season{Unit: 10}
			now := lived(s, monday, 4, wave)
			now = lived(s, now, 1, day)
			for end := now.Add(12 * time.Hour); now.Before(end); now = now.Add(time.Minute) {
				s.Add(now, wave(now))
			}
			f, ok := s.Ahead(now, time.Minute)
			require.True(t, ok)
			require.InEpsilon(t, 1000, f.Value, 0.06)
		})
	}
}

func TestASeasonIsBoundedWhateverTheClockSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := &estimate.Season{Unit: rapid.Float64Range(1e-9, 1e9).Draw(t, "unit")}, &estimate.Worth{}
		for range rapid.IntRange(1, 50).Draw(t, "n") {
			at := time.Unix(rapid.Int64Range(-1e9, 5e9).Draw(t, "at"), 0)
			v := rapid.Float64().Draw(t, "value")
			s.Add(at, v)
			if f, ok := s.Ahead(at, time.Minute); ok {
				require.False(t, math.IsNaN(f.Value) || f.Value < 0)
				w.Add(at, math.Abs(v), f.Value, time.Minute, estimate.Day)
			}
		}
		require.LessOrEqual(t, slices.Max(w.With[:]), slices.Min(w.Alone[:])+12)
		raw, err := json.Marshal(s)
		require.NoError(t, err)
		require.Less(t, len(raw), 5400)
		_, err = json.Marshal(w)
		require.NoError(t, err)
	})
}

func TestClocksThatJumpDoNotStopLearning(t *testing.T) {
	s := &estimate.Season{Unit: 10}
	s.Add(monday.AddDate(30, 0, 0), 5)
	s.Add(monday.AddDate(30, 0, 1), 5)
	now := lived(s, monday, 2, wave)
	f, ok := s.Ahead(now.Add(12*time.Hour), time.Minute)
	require.True(t, ok)
	require.InEpsilon(t, 1000, f.Value, 0.06)
}

func TestAForecastEarnsItsKeep(t *testing.T) {
	for name, tt := range map[string]struct {
		forecast func(hour int) float64
		earned   bool
	}{
		"that tells the rise": {func(int) float64 { return 110 }, true},
		"twice too high":      {func(int) float64 { return 220 }, false},
		"too low":             {func(int) float64 { return 10 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := &estimate.Worth{}
			require.True(t, w.Earned())
			for i := range 2 * 24 * 60 {
				level := 100.0
				if i%30 == 0 { // a rise that the level alone does not tell
					level = 80
				}
				w.Add(monday.Add(time.Duration(i)*time.Minute), level, tt.forecast(i/60), time.Minute, estimate.Day)
			}
			require.Equal(t, tt.earned, w.Earned(), "%+v", *w)
		})
	}
}
