package runner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestMerge(t *testing.T) {
	at := func(mono time.Duration) signals.Instant { return signals.Instant{Mono: mono} }
	queue := func(name string) signals.Subject { return signals.Subject{Provider: "aws", Query: name} }
	decided := func(name string) policy.Decision {
		return policy.Decision{Policy: policy.ID{Namespace: "shop", Name: name}}
	}
	a := &Status{
		Now: at(90), Ticks: 9, Interval: time.Second, AllPolled: true, Decisions: []policy.Decision{decided("b")},
		Subjects: []engine.SubjectStatus{{Subject: queue("b")}}, Guards: []engine.Guard{{Provider: "aws", Victims: 1}},
		Uses:      map[signals.Subject][]Use{queue("b"): {{Signal: "b"}}},
		Providers: []ProviderStatus{{Provider: "aws", Fetches: 3, LastAt: at(80)}}, Sinks: []SinkStatus{{Sink: "stdout", Published: 9}},
	}
	b := &Status{
		Now: at(80), Ticks: 8, Interval: time.Second, AllPolled: true, Decisions: []policy.Decision{decided("a")},
		Subjects: []engine.SubjectStatus{{Subject: queue("a")}}, Guards: []engine.Guard{{Provider: "aws", Tripped: true, Since: 5, Victims: 3}, {Provider: "prom"}},
		Uses:      map[signals.Subject][]Use{queue("a"): {{Signal: "a"}}},
		Providers: []ProviderStatus{{Provider: "aws", Fetches: 4, Failures: 1, LastAt: at(70), Last: &signals.Error{Reason: signals.Timeout}}},
		Sinks:     []SinkStatus{{Sink: "stdout", Published: 8, Failures: 1, Last: "full"}},
	}
	got := Merge([]*Status{a, b})
	require.Equal(t, []policy.Decision{decided("a"), decided("b")}, got.Decisions)
	require.Equal(t, []engine.SubjectStatus{{Subject: queue("a")}, {Subject: queue("b")}}, got.Subjects)
	require.Equal(t, []engine.Guard{{Provider: "aws", Tripped: true, Since: 5, Victims: 4}, {Provider: "prom"}}, got.Guards)
	require.Equal(t, at(80), got.Now, "the loop that is later decides whether all are alive")
	require.EqualValues(t, 7, got.Providers[0].Fetches)
	require.Equal(t, signals.Timeout, got.Providers[0].Last.Reason)
	require.Equal(t, "full", got.Sinks[0].Last)
	require.Len(t, got.Uses, 2)
	require.Len(t, a.Uses, 1, "what is merged stays as it is")
	require.Zero(t, a.Guards[0].Since)

	b.Mirrored = true
	require.Equal(t, at(90), Merge([]*Status{a, b}).Now, "a mirror has no loop")
	require.False(t, Merge([]*Status{b, a}).Mirrored)
	require.Nil(t, Merge([]*Status{a, nil}))
	require.Nil(t, Merge([]*Status{nil}))
	require.Same(t, a, Merge([]*Status{a}))
}
