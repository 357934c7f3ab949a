package stdout_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/stdout"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func decision(mono time.Duration, name string, desired policy.Desired, backlog float64) policy.Decision {
	return policy.Decision{
		Policy:   policy.ID{Namespace: "shop", Name: name},
		At:       signals.Instant{Wall: noon.Add(mono), Mono: mono},
		Desired:  desired,
		Workload: policy.Workload{State: policy.WorkloadNone},
		Signals: []policy.Reading{{
			Name: "backlog", State: signals.StateFresh, Value: &backlog, MayLower: true,
			Age: mono % (5 * time.Second), At: noon, Expires: 10 * time.Minute,
		}},
		Proposals: []policy.Proposal{{Demand: "drain", State: policy.Proposed, Replicas: 4, Signal: "backlog", Value: backlog, Divisor: 10}},
		Trail:     []policy.Step{{Stage: policy.StageCombine, Reason: policy.ReasonLargest, After: 4, Subject: "drain"}},
		DataAt:    noon,
		Expires:   10 * time.Minute,
	}
}

func with(d policy.Decision, change func(*policy.Decision)) policy.Decision {
	change(&d)
	return d
}

func TestLines(t *testing.T) {
	second := func(n int) time.Duration { return time.Duration(n) * time.Second }
	four := policy.Replicas(4)
	var out bytes.Buffer
	sink := stdout.New(&out)
	for _, tick := range []struct {
		name  string
		ds    []policy.Decision
		lines int
	}{
		{"first", []policy.Decision{decision(0, "a", four, 37), decision(0, "b", policy.Unknown("missing"), 37)}, 2},
		{"twice", []policy.Decision{decision(0, "a", four, 37), decision(0, "b", policy.Unknown("missing"), 37)}, 0},
		{"values and ages", []policy.Decision{decision(second(1), "a", four, 38), decision(second(1), "b", policy.Unknown("missing"), 39)}, 0},
		{"desired", []policy.Decision{decision(second(2), "a", policy.Replicas(5), 45), decision(second(2), "b", policy.Unknown("missing"), 39)}, 1},
		{"unknown for another reason", []policy.Decision{decision(second(3), "a", policy.Replicas(5), 45), decision(second(3), "b", policy.Unknown("throttled"), 39)}, 1},
		{"state", []policy.Decision{with(decision(second(4), "a", policy.Replicas(5), 45), func(d *policy.Decision) {
			d.Signals[0].State, d.Signals[0].Reason, d.Signals[0].MayLower = signals.StateStale, signals.Timeout, false
		})}, 1},
		{"reason of a step", []policy.Decision{with(decision(second(5), "a", policy.Replicas(5), 45), func(d *policy.Decision) {
			d.Signals[0].State, d.Signals[0].Reason, d.Signals[0].MayLower = signals.StateStale, signals.Timeout, false
			d.Trail[0].Reason = policy.ReasonSum
		})}, 1},
		{"gone", nil, 0},
		{"back", []policy.Decision{decision(second(7), "a", policy.Replicas(5), 45)}, 1},
	} {
		before := strings.Count(out.String(), "\n")
		require.NoError(t, sink.Publish(t.Context(), tick.ds))
		require.Equal(t, tick.lines, strings.Count(out.String(), "\n")-before, tick.name)
	}
	testgolden.Equal(t, "testdata/lines.jsonl", out.String())
}

type failing struct {
	bytes.Buffer
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.Buffer.Write(p)
}

func TestWritesAnewAfterAnError(t *testing.T) {
	full := errors.New("disk full")
	w := &failing{err: full}
	sink := stdout.New(w)
	ds := []policy.Decision{decision(0, "a", policy.Replicas(4), 37)}
	require.ErrorIs(t, sink.Publish(t.Context(), ds), full)
	w.err = nil
	require.NoError(t, sink.Publish(t.Context(), ds))
	require.Equal(t, 1, strings.Count(w.String(), "\n"))
	require.NoError(t, sink.Publish(t.Context(), ds))
	require.Equal(t, 1, strings.Count(w.String(), "\n"))
}
