package estimate_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

const every = 15 * time.Second

func rule() estimate.RateRule {
	return estimate.RateRule{
		MarginRule: estimate.MarginRule{Budget: 0.001, Cap: 2}, BreakEven: estimate.BreakEven{StartUp: time.Minute}, PerReplica: 10,
	}
}

// follow feeds values, one every 15 s from an instant on, and gives the last answer.
func follow(r estimate.RateRule, s *estimate.Rate, from time.Duration, values ...float64) (f estimate.Followed, at time.Duration) {
	at = from
	for _, v := range values {
		at += every
		f = r.Follow(s, at, at, v, 0, true)
	}
	return f, at
}

func repeat(v float64, d time.Duration) []float64 {
	out := make([]float64, d/every)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestNoiseIsNotFollowedAndAJumpIsAtOnce(t *testing.T) {
	var s estimate.Rate
	r := rule()
	_, at := follow(r, &s, 0, repeat(100, time.Minute)...)
	f, at := follow(r, &s, at, 103)
	require.Zero(t, f.Ahead, "three of a hundred are chance: a sample of 15 s is off by 2.6")
	f, _ = follow(r, &s, at, 180)
	require.Positive(t, f.Ahead)
	require.GreaterOrEqual(t, f.Ahead, 180.0)
}

func TestASlopeIsLookedAhead(t *testing.T) {
	var s estimate.Rate
	f, _ := follow(rule(), &s, 0, 1000, 1100, 1200, 1300)
	require.InDelta(t, 100.0/15, f.Slope, 1e-9)
	require.Equal(t, 75*time.Second, f.Horizon)
	require.InDelta(t, 1150+f.Slope*75/2, f.Ahead, 1e-9)
}

// TestWhatLiesFarAheadIsToldFromLongerBack: a minute says little of the next five.
func TestWhatLiesFarAheadIsToldFromLongerBack(t *testing.T) {
	slow := rule()
	slow.StartUp = 4 * time.Minute
	values := append(repeat(100, 3*time.Minute), 110, 120, 130, 140)
	var near, far estimate.Rate
	f, _ := follow(rule(), &near, 0, values...)
	require.InDelta(t, 10.0/15, f.Slope, 1e-9, "over the last minute")
	f, _ = follow(slow, &far, 0, values...)
	require.Equal(t, 255*time.Second, f.Horizon)
	require.InDelta(t, 5.0/15, f.Slope, 1e-9, "over the last two")
}

func TestSteadyTrafficEarnsASmallMargin(t *testing.T) {
	var s estimate.Rate
	r := rule()
	first, at := follow(r, &s, 0, 100)
	require.InDelta(t, 1.6, first.Margin, 1e-9, "nothing is known yet")
	f, _ := follow(r, &s, at, repeat(100, 24*time.Hour)...)
	require.LessOrEqual(t, f.Margin, 1.05)
	require.InDelta(t, 1, f.Sure, 1e-9)
}

// TestTheMarginNarrowsAsTheLevelRises: of a count four times as large, chance is half the
// share, and a level times its margin still never falls.
func TestTheMarginNarrowsAsTheLevelRises(t *testing.T) {
	var m estimate.Margin
	r := rule().MarginRule
	for i := range 4000 {
		actual := 100.0
		if i%500 == 0 {
			actual = 150
		}
		r.Learn(&m, estimate.Score{At: time.Duration(i) * every, Span: every, Level: 100, Actual: actual})
	}
	usual, sure, _ := r.Factor(&m, false, 100)
	require.InDelta(t, 1, sure, 1e-9)
	require.InDelta(t, 1.5, usual, 0.02)
	for level, share := range map[float64]float64{400: 0.5, 1e6: 0.5, 400.0 / 9: 1.5, 25: 2, 1: 2} {
		got, _, _ := r.Factor(&m, false, level)
		require.InDeltaf(t, min(1+share*(usual-1), r.Cap), got, 1e-3, "at %v", level)
	}
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.Float64Range(0.1, 1e5).Draw(t, "level")
		more := rapid.Float64Range(level, 2e5).Draw(t, "more")
		a, _, _ := r.Factor(&m, false, level)
		b, _, _ := r.Factor(&m, false, more)
		require.GreaterOrEqual(t, more*b, level*a*(1-1e-12))
	})
}

func TestWhatIsLateRaisesTheMargin(t *testing.T) {
	r := rule()
	steady, bumpy := estimate.Rate{}, estimate.Rate{}
	calm, _ := follow(r, &steady, 0, repeat(100, 6*time.Hour)...)
	f, at := follow(r, &bumpy, 0, repeat(100, time.Hour)...)
	for range 5 {
		_, at = follow(r, &bumpy, at, repeat(150, 2*time.Minute)...)
		f, at = follow(r, &bumpy, at, repeat(100, 58*time.Minute)...)
	}
	require.Greater(t, f.Margin, calm.Margin+0.2)
}

// TestWhatAFloorCoversNeedsNoMargin has a step every hour, which a floor is there for.
func TestWhatAFloorCoversNeedsNoMargin(t *testing.T) {
	r := rule()
	alone, covered := estimate.Rate{}, estimate.Rate{}
	at := time.Duration(0)
	for i := range 24 * 60 * 4 {
		at += every
		minute, v, floor := i/4%60, 100.0, 0.0
		if minute >= 30 && minute < 35 {
			v = 160
		}
		if minute >= 28 && minute < 35 {
			floor = 170
		}
		r.Follow(&alone, at, at, v, 0, true)
		r.Follow(&covered, at, at, v, floor, true)
	}
	require.Greater(t, alone.Latest.Margin, 1.5)
	require.Less(t, covered.Latest.Margin, 1.2)
}

func TestWhatNobodyCanFollowIsNotPaidFor(t *testing.T) {
	r := rule()
	var s estimate.Rate
	f, at := follow(r, &s, 0, repeat(100, time.Hour)...)
	for range 24 {
		_, at = follow(r, &s, at, repeat(1000, time.Minute)...)
		f, at = follow(r, &s, at, repeat(100, 59*time.Minute)...)
	}
	require.Positive(t, f.Beyond)
	require.LessOrEqual(t, f.Margin, r.Cap)
}

func TestAnOrderHoldsForAStartUp(t *testing.T) {
	r := rule()
	r.Fixed = 1.2
	var s estimate.Rate
	_, at := follow(r, &s, 0, repeat(100, 2*time.Minute)...)
	_, at = follow(r, &s, at, 500)
	require.GreaterOrEqual(t, float64(r.InForce(&s, at).Rate), 600.0)
	_, last := follow(r, &s, at, repeat(100, 45*time.Second)...)
	require.GreaterOrEqual(t, float64(r.InForce(&s, last).Rate), 600.0)
	_, last = follow(r, &s, last, repeat(100, 2*time.Minute)...)
	require.Less(t, float64(r.InForce(&s, last).Rate), 200.0)
}

func TestMoreTrafficNeverAsksForLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rule()
		r.StartUp = time.Duration(rapid.IntRange(1, 600).Draw(t, "start-up")) * time.Second
		past := rapid.SliceOfN(rapid.Float64Range(0, 1000), 0, 80).Draw(t, "past")
		less := rapid.Float64Range(0, 1000).Draw(t, "less")
		more := less + rapid.Float64Range(0, 1000).Draw(t, "added")
		var a, b estimate.Rate
		_, at := follow(r, &a, 0, past...)
		follow(r, &b, 0, past...)
		follow(r, &a, at, less)
		follow(r, &b, at, more)
		at += every
		require.LessOrEqual(t, float64(r.InForce(&a, at).Rate), float64(r.InForce(&b, at).Rate)*(1+1e-9))
	})
}

func TestADayOfGarbageLeavesNoLastingDamage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rule()
		var s estimate.Rate
		_, at := follow(r, &s, 0, repeat(100, time.Hour)...)
		garbage := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 9.2e15), rapid.Just(0.0), rapid.Float64Range(0, 1)), 8, 64).Draw(t, "garbage")
		for range int(24*time.Hour/every) / len(garbage) {
			_, at = follow(r, &s, at, garbage...)
		}
		_, at = follow(r, &s, at, repeat(100, time.Hour)...)
		rate := float64(r.InForce(&s, at).Rate)
		require.GreaterOrEqual(t, rate, 100.0)
		require.LessOrEqual(t, rate, 100*r.Cap)
		_, at = follow(r, &s, at, repeat(100, 23*time.Hour)...)
		require.LessOrEqual(t, float64(r.InForce(&s, at).Rate), 100*r.Cap)
	})
}

func TestStateIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rule()
		r.StartUp = time.Duration(rapid.IntRange(1, 1800).Draw(t, "start-up")) * time.Second
		step := time.Duration(rapid.IntRange(1, 60).Draw(t, "every")) * time.Second
		var s estimate.Rate
		for i := range 3000 {
			at := time.Duration(i) * step
			r.Follow(&s, at, at, math.Abs(1e6*math.Sin(float64(i)*0.7)/float64(1+i%97)), 0, true)
		}
		raw, err := json.Marshal(s)
		require.NoError(t, err)
		require.LessOrEqual(t, len(raw), 6<<10)
	})
}

func TestARestartGoesOnWhereItWas(t *testing.T) {
	const by = 1234 * time.Hour
	r := rule()
	var s estimate.Rate
	_, at := follow(r, &s, 0, append(repeat(100, time.Hour), 150, 160, 100)...)
	moved := s.Moved(by)
	before, _ := follow(r, &s, at, 120, 130)
	after, _ := follow(r, moved, at+by, 120, 130)
	require.InDelta(t, before.Rate, after.Rate, 1e-9)
	require.InDelta(t, float64(r.InForce(&s, at+2*every).Rate), float64(r.InForce(moved, at+by+2*every).Rate), 1e-9)
}

func TestWhatIsDoubtfulTeachesNothing(t *testing.T) {
	r := rule()
	var s estimate.Rate
	_, at := follow(r, &s, 0, repeat(100, time.Hour)...)
	before, err := json.Marshal(s.Margin)
	require.NoError(t, err)
	for i := range 100 {
		when := at + time.Duration(i+1)*every
		r.Follow(&s, when, when, float64(100*(i%3)), 0, false)
	}
	after, err := json.Marshal(s.Margin)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}
