package score_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/score"
)

func TestScore(t *testing.T) {
	m := score.New(time.Hour)
	for _, s := range []score.Step{
		{Arrivals: 90, Needed: 2, Ready: 2, Billed: 2, Wanted: 2},
		{Arrivals: 100, Late: 10, Waiting: 5, Delay: 2 * time.Second, Needed: 4, Ready: 2, Billed: 4, Wanted: 4, Started: 2},
		{Arrivals: 10, Late: 10, Delay: time.Second, Needed: 1, Ready: 4, Billed: 4, Wanted: 4},
		{Unknown: true, Ready: 4, Billed: 4, Wanted: 3},
	} {
		m.Add(s)
	}
	s := m.Score()
	require.Equal(t, 4*time.Hour, s.Duration)
	require.InDelta(t, 0.1, s.LateShare, 1e-12)
	require.InDelta(t, 14, s.ReplicaHours, 1e-12)
	require.Equal(t, 2*time.Second, s.WorstDelay)
	require.Equal(t, 2*time.Second, s.P999Delay)
	require.Equal(t, 2*time.Hour, s.LongestLate)
	require.InDelta(t, 5, s.WorstWaiting, 0)
	require.InDelta(t, 12, s.StartsPerDay, 1e-12)
	require.InDelta(t, 12, s.ActionsPerDay, 1e-12)
	e := s.Elasticity
	require.InDelta(t, 0.5/3, e.UnderAccuracy, 1e-12)
	require.InDelta(t, 1, e.OverAccuracy, 1e-12)
	require.InDelta(t, 1.0/3, e.UnderTime, 1e-12)
	require.InDelta(t, 1.0/3, e.OverTime, 1e-12)
	require.InDelta(t, 1, e.Instability, 1e-12)
	require.InDelta(t, -1.0/3, e.JitterPerHour, 1e-12)
	require.Equal(t, score.Score{}, score.New(time.Second).Score())
}

func TestPerfectSupplyScoresZeroAndMoreIsNeverLater(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		var meters [3]*score.Meter // perfect, short, one more than short
		for i := range meters {
			meters[i] = score.New(time.Second)
		}
		for range 200 {
			need := r.IntN(10)
			less := r.IntN(10)
			for i, ready := range []int{need, less, less + 1} {
				meters[i].Add(score.Step{Arrivals: float64(need), Late: float64(max(0, need-ready)), Needed: need, Ready: ready, Billed: ready})
			}
		}
		perfect, short, more := meters[0].Score(), meters[1].Score(), meters[2].Score()
		require.Equal(t, score.Elasticity{}, perfect.Elasticity)
		require.Zero(t, perfect.LateShare)
		require.Zero(t, perfect.LongestLate)
		require.LessOrEqual(t, more.LateShare, short.LateShare)
		require.LessOrEqual(t, more.Elasticity.UnderAccuracy, short.Elasticity.UnderAccuracy)
		require.LessOrEqual(t, more.LongestLate, short.LongestLate)
	}
}

func TestFrontier(t *testing.T) {
	f := score.NewFrontier([]score.Point{
		{"cheap", 0.05, 10}, {"dear", 0.01, 20}, {"beaten", 0.02, 30}, {"twin", 0.01, 25},
	})
	require.Len(t, f, 2)
	for _, tc := range []struct {
		late, cost float64
		setting    string
		ok         bool
	}{
		{0.001, 0, "", false},
		{0.01, 20, "dear", true},
		{0.03, 15, "dear", true},
		{0.05, 10, "cheap", true},
		{0.5, 10, "cheap", true},
	} {
		cost, setting, ok := f.At(tc.late)
		require.InDelta(t, tc.cost, cost, 1e-9)
		require.Equal(t, tc.setting, setting)
		require.Equal(t, tc.ok, ok)
	}
	_, _, ok := score.NewFrontier(nil).At(1)
	require.False(t, ok)
}

func TestCompare(t *testing.T) {
	s := score.Compare([][]score.Cell{
		{{1.0, true}, {4.0, true}, {0, false}, {0, false}},
		{{1.001, true}, {2.0, true}, {3.0, true}, {0, false}},
	})
	require.Equal(t, 2, s[0].Losses)
	require.Equal(t, 2, s[1].Wins)
	require.Equal(t, 2, s[0].Ties)
	require.InDelta(t, 2, s[0].Mean, 1e-12)
	require.InDelta(t, 4, s[0].Worst, 0)
	require.Equal(t, 2, s[0].Unreached)
	over, ok := score.Over(12, 10)
	require.True(t, ok)
	require.InDelta(t, 0.2, over, 1e-12)
	_, ok = score.Over(1, 0)
	require.False(t, ok)
}
