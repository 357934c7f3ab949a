package demo

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

// moment is a second of the demo, in a time of its own.
type moment struct {
	look

	decision policy.Decision
}

// live lets so many days pass at once: the demo's documents on the real engine, asked
// once a second, and the demo's world.
func live(t *testing.T, days int) []moment {
	t.Helper()
	docs, err := documents(addresses{Queue: "http://127.0.0.1:1", Ops: "127.0.0.1:8080", ExternalMetrics: "127.0.0.1:0"})
	require.NoError(t, err)
	loaded, err := config.Load([]config.File{{Name: "demo.yaml", Data: docs}}, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	program, err := compile.Compile(loaded.Policies)
	require.NoError(t, err)
	e, w := engine.New(program.Spec, engine.State{}), newWorld(1)
	var out []moment
	for now := time.Second; now <= time.Duration(days)*day; now += time.Second {
		w.advance(now)
		l := w.look()
		tick := engine.Tick{Now: signals.Instant{Wall: time.Date(2026, 1, 5, 9, 0, 20, 0, time.UTC).Add(now), Mono: now}}
		values := map[string]float64{"backlog": l.Waiting, "arrivals": l.Arrivals}
		for _, s := range program.Spec.Policies[0].Signals {
			sample := signals.Sample{Value: values[s.Name], At: tick.Now.Wall}
			tick.Outcomes = append(tick.Outcomes, signals.Outcome{Subject: s.Subject, At: tick.Now, Samples: []signals.Sample{sample}})
		}
		d := e.Step(tick)[0]
		if n, ok := d.Desired.Replicas(); ok {
			w.order(n)
		}
		out = append(out, moment{look: l, decision: d})
	}
	return out
}

// TestTheSecondDayIsExpected: the crowd of the first day is followed, that of the second
// is prepared for, and the decision says why.
func TestTheSecondDayIsExpected(t *testing.T) {
	all := live(t, 2)
	first, second := all[:len(all)/2], all[len(all)/2:]
	ready := func(ms []moment) int {
		return slices.IndexFunc(ms, func(m moment) bool { n, _ := m.decision.Desired.Replicas(); return n >= 18 })
	}
	came := func(ms []moment) int {
		return slices.IndexFunc(ms, func(m moment) bool { return clockTime(m.Now) >= flash })
	}
	require.Greater(t, ready(first), came(first), "nobody could know")
	i := ready(second)
	require.LessOrEqual(t, i, came(second), "before it comes")
	text := explain.Tree(second[i].decision, explain.Options{})
	require.Contains(t, text, "largest proposal: traffic.usual")
	testgolden.Equal(t, "testdata/second_day.txt", text)
	worst := func(ms []moment) (most float64) {
		for _, m := range ms {
			most = max(most, m.Waiting)
		}
		return most
	}
	require.Less(t, worst(second), worst(first)/2)
}
