package demand_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// remembered is a past of days of one value, before the instant of viewOf.
func remembered(signal string, days int, value float64) policy.Past {
	from := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC).AddDate(0, 0, -days)
	var samples []signals.Sample
	for at := from; at.Before(from.AddDate(0, 0, days)); at = at.Add(time.Minute) {
		samples = append(samples, signals.Sample{At: at, Value: value})
	}
	past := signals.NewPast(signals.Subject{Provider: "p", Query: signal}, from, time.Minute, samples)
	return policy.Past{Signal: signal, Past: &past, Max: 1e6}
}

func TestASeasonIsReadBack(t *testing.T) {
	in := &policy.Input{View: viewOf(map[string]float64{"s": 50}), Past: []policy.Past{remembered("other", 3, 9e3), remembered("s", 3, 1000)}}
	p, st := seasonal.Propose(in, policy.DemandState{})
	require.Equal(t, policy.Proposed, p.State, "in the tick in which it is read")
	require.InDelta(t, 10, p.Replicas, 1)
	last := p.Terms[len(p.Terms)-1]
	require.Equal(t, "history", last.Name)
	require.InDelta(t, 72, last.Value, 0.1)
	require.Zero(t, st.Season.Worth.With, "it judges no forecast")

	in.Past[1].Max = 999
	p, _ = seasonal.Propose(in, policy.DemandState{})
	require.Equal(t, policy.ReasonSeasonCold, p.Reason, "what the signal's bounds forbid was never so")
	require.Len(t, p.Terms, 1)
}
