package engine_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
)

// An engine that goes on from a snapshot, in another process whose monotonic clock
// stands elsewhere, decides as the first one does.
func TestASnapshotGoesOnElsewhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		r := newRun(t, s, &service)
		for range rapid.IntRange(0, 30).Draw(t, "before") {
			r.tick(drawTickOfFiniteValues(t))
		}
		by := time.Duration(rapid.Int64Range(-int64(100*time.Hour), int64(100*time.Hour)).Draw(t, "by"))
		snapshot := r.engine.Snapshot()
		before, err := json.Marshal(snapshot)
		require.NoError(t, err)
		var state engine.State
		require.NoError(t, json.Unmarshal(before, &state))
		mirror := engine.New(specOf(s, &service), state.Moved(by))
		for range rapid.IntRange(1, 30).Draw(t, "after") {
			want := r.tick(drawTickOfFiniteValues(t))
			got := mirror.Step(r.ticks[len(r.ticks)-1].Moved(by))[0]
			require.JSONEq(t, text(t, want), text(t, moved(got, -by)))
		}
		after, err := json.Marshal(snapshot)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after), "a snapshot shares no memory with the engine")
	})
}

func text(t require.TestingT, d policy.Decision) string {
	raw, err := json.Marshal(d)
	require.NoError(t, err)
	return string(raw)
}

// moved is a decision on a clock that is ahead by so much.
func moved(d policy.Decision, by time.Duration) policy.Decision {
	d.At.Mono += by
	d.Expires += by
	d.Signals, d.Proposals, d.Trail = slices.Clone(d.Signals), slices.Clone(d.Proposals), slices.Clone(d.Trail)
	for i := range d.Signals {
		r := &d.Signals[i]
		if r.Value != nil {
			r.Expires += by
		}
		if r.Served != nil {
			served := *r.Served
			served.Expires += by
			r.Served = &served
		}
	}
	for i := range d.Proposals {
		if !d.Proposals[i].DataAt.IsZero() {
			d.Proposals[i].Expires += by
		}
	}
	for i := range d.Trail {
		if d.Trail[i].Until != 0 {
			d.Trail[i].Until += by
		}
	}
	return d
}
