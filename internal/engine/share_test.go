package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/signals"
)

// sharing is a policy whose signal is each replica's share of a total, of which 100
// are wanted a replica; a share above 1,000 is not believed.
func sharing(t *testing.T) *run {
	t.Helper()
	s := settings()
	s.Demands = []policy.NamedDemand{{Name: "traffic", Demand: demand.Ratio{Signal: "latency", Target: 100}}}
	spec := specOf(s, &service)
	spec.Policies[0].Signals[1].Shared = true
	spec.Policies[0].Signals[1].Rules.Max = 1000
	return &run{t: t, engine: engine.New(spec, engine.State{})}
}

func TestAShareIsOfTheReplicasThatWereReady(t *testing.T) {
	r := sharing(t)
	for range 3 {
		r.tick(look(10, 0, 1000))
	}
	r.wants(10)
	require.InDelta(t, 100, *r.last.Signals[1].Value, 1e-9)
	r.tick(look(10, 0, 2000))
	r.wants(20)
	require.InDelta(t, 200, *r.last.Signals[1].Value, 1e-9)
	for range 3 {
		r.tick(look(20, 0, 2000)) // ten more are ready: not one too many is asked for
	}
	r.wants(20)
	require.InDelta(t, 100, *r.last.Signals[1].Value, 1e-9)
}

func TestWithoutACountThereIsNoShare(t *testing.T) {
	tests := []struct {
		name   string
		last   func(r *run)
		reason signals.Reason
	}{
		{"the workload was never seen", func(r *run) { r.feed(value(latency, 1000)) }, signals.NotPolled},
		{"no replica is ready", func(r *run) { r.tick(look(0, 0, 1000)) }, signals.Absent},
		{"the share is not believed", func(r *run) { r.tick(look(1, 0, 1001)) }, signals.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := sharing(t)
			tt.last(r)
			require.Nil(t, r.last.Signals[1].Value)
			require.Equal(t, tt.reason, r.last.Signals[1].Reason)
			require.Equal(t, policy.Doubtful, r.last.Proposals[0].State)
		})
	}
}
