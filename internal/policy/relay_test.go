package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/signals"
)

// TestRelay: it decides nothing, reads as any other policy does, and remembers of
// one only what signals need.
func TestRelay(t *testing.T) {
	id := ID{Namespace: "shop", Name: "web"}
	ring := signals.NewRing(time.Second)
	rules := signals.Rules{Kind: signals.PerReplica, FreshFor: 10 * time.Second, HoldFor: time.Minute, Max: signals.MaxValue}
	r := NewRelay(id)
	previous := int32(7)
	state := State{Previous: &previous}
	var d Decision
	for i := range 4 {
		now := signals.Instant{Wall: time.Unix(int64(i), 0), Mono: time.Duration(i) * time.Second}
		ring.Add(signals.Outcome{At: now, Samples: []signals.Sample{{Value: 5}}})
		view := signals.NewView(now, []string{"requests"}, []signals.Observation{ring.Observe(now, rules)})
		r.Decide(&Input{View: view, Workload: Workload{State: WorkloadNone}}, &state, &d)
		_, known := d.Desired.Replicas()
		require.False(t, known)
		require.Equal(t, ReasonRelay, d.Desired.Reason())
		require.True(t, d.Relayed())
		require.Equal(t, id, d.Policy)
	}
	require.NotNil(t, d.Signals[0].Served, "confirmed by three samples")
	require.InDelta(t, 5, d.Signals[0].Served.Value, 0)
	require.Nil(t, state.Previous)
	require.Len(t, state.Signals, 1)
	require.False(t, Decision{Desired: Unknown(ReasonMissing)}.Relayed())
}
