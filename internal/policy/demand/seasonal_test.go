package demand_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

var seasonal = demand.Seasonal{
	Signal: "s", Known: demand.Learned{Capacity: demand.Capacity{Fixed: 100}, StartUp: time.Minute}, Period: estimate.Day,
}

// past is a season of days of one value each, before the instant of viewOf.
func past(days int, value func(at time.Time) float64) *policy.Season {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	out := &policy.Season{Signal: "s"}
	out.Past.Unit, out.Past.Period = 100, estimate.Day
	for at := now.AddDate(0, 0, -days); at.Before(now); at = at.Add(time.Minute) {
		out.Past.Add(at, value(at))
	}
	return out
}

func flat(v float64) func(time.Time) float64 { return func(time.Time) float64 { return v } }

func floorOf(s *policy.Season, values map[string]float64) (policy.Proposal, policy.DemandState) {
	return seasonal.Propose(&policy.Input{View: viewOf(values)}, policy.DemandState{Demand: "d", Season: s})
}

func TestSeasonal(t *testing.T) {
	values := map[string]float64{"s": 50}
	t.Run("cold", func(t *testing.T) {
		p, _ := floorOf(nil, values)
		require.Equal(t, policy.Abstained, p.State)
		require.Equal(t, policy.ReasonSeasonCold, p.Reason)
		require.Equal(t, "of 24 h", p.Terms[0].Note)
	})
	t.Run("as in the last days", func(t *testing.T) {
		p, _ := floorOf(past(5, flat(1000)), values)
		require.Equal(t, policy.Proposed, p.State)
		require.InDelta(t, 10, p.Replicas, 1)
		require.True(t, p.MayLower)
		require.Equal(t, "the most within a start-up, as in the last 5 days at 09:00 UTC", p.Terms[0].Note)
	})
	t.Run("not worth it", func(t *testing.T) {
		s := past(5, flat(1000))
		s.Worth.Tried = true
		for i := range s.Worth.With {
			s.Worth.With[i] = 1 // and alone nothing
		}
		p, _ := floorOf(s, values)
		require.Equal(t, policy.Abstained, p.State)
		require.Equal(t, policy.ReasonSeasonLost, p.Reason)
	})
	t.Run("while its signal fails nothing is learned and nothing may lower", func(t *testing.T) {
		s := past(5, flat(1000))
		before, err := json.Marshal(s.Past)
		require.NoError(t, err)
		p, st := floorOf(s, nil)
		require.Equal(t, policy.Proposed, p.State)
		require.False(t, p.MayLower)
		require.Zero(t, st.Season.Worth)
		after, err := json.Marshal(st.Season.Past)
		require.NoError(t, err)
		require.JSONEq(t, string(before), string(after))
	})
	t.Run("of another signal", func(t *testing.T) {
		s := past(5, flat(1000))
		s.Signal = "other"
		p, _ := floorOf(s, values)
		require.Equal(t, policy.ReasonSeasonCold, p.Reason)
	})
	t.Run("a sample is learned once", func(t *testing.T) {
		_, st := floorOf(nil, values)
		require.Equal(t, 1, st.Season.Past.Count)
		_, st = seasonal.Propose(&policy.Input{View: viewOf(values)}, st)
		require.Equal(t, 1, st.Season.Past.Count)
	})
}

// TestASeasonOnlyAdds holds a policy with a season against the same without.
func TestASeasonOnlyAdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		load := rapid.Float64Range(0, 1e5).Draw(t, "load")
		usual := rapid.Float64Range(0, 1e5).Draw(t, "usual")
		s := past(rapid.IntRange(1, 3).Draw(t, "days"), flat(usual))
		now := policy.NamedDemand{Name: "now", Demand: demand.PerReplica{Signal: "s", Amount: 100}}
		decide := func(st policy.State, ds ...policy.NamedDemand) int32 {
			p := policy.New(policy.Settings{Max: 10000, Demands: ds})
			w := policy.Workload{State: policy.WorkloadKnown, Ordered: 3, Ready: 3}
			var d policy.Decision
			p.Decide(&policy.Input{View: viewOf(map[string]float64{"s": load}), Workload: w}, &st, &d)
			n, ok := d.Desired.Replicas()
			require.True(t, ok)
			return n
		}
		state := policy.State{Demands: []policy.DemandState{{Demand: "now"}, {Demand: "season", Season: s}}}
		again := state.Moved(0)
		alone := decide(policy.State{}, now)
		with := decide(state, now, policy.NamedDemand{Name: "season", Demand: seasonal})
		require.GreaterOrEqual(t, with, alone)
		require.Equal(t, with, decide(again, now, policy.NamedDemand{Name: "season", Demand: seasonal}), "equal inputs, equal outputs")
	})
}

func TestAStateThatMovedSharesNoSeason(t *testing.T) {
	st := policy.State{Demands: []policy.DemandState{{Demand: "d", Key: signals.Key{}, Season: past(1, flat(10))}}}
	moved := st.Moved(time.Hour)
	require.Equal(t, st.Demands[0].Season, moved.Demands[0].Season)
	moved.Demands[0].Season.Past.Slots[0]++
	require.NotEqual(t, st.Demands[0].Season, moved.Demands[0].Season)
}
