package engine_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// TestLentDecisionsAreTheSame: to lend is to decide the same, byte for byte; what Step
// gave, and what was cloned of what was lent, stays as it was.
func TestLentDecisionsAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		keeps, lends := engine.New(specOf(s, &service), engine.State{}), engine.New(specOf(s, &service), engine.State{})
		var kept, cloned []policy.Decision
		var texts []string
		for i := range rapid.IntRange(1, 30).Draw(t, "polls") {
			tick := drawTickOfFiniteValues(t)
			stamp(&tick, instant(time.Duration(i)*interval))
			d, lent := keeps.Step(tick)[0], &lends.Lend(tick)[0]
			require.Equal(t, text(t, d), text(t, *lent))
			kept, cloned, texts = append(kept, d), append(cloned, lent.Clone()), append(texts, text(t, d))
		}
		for i, want := range texts {
			require.Equal(t, want, text(t, kept[i]), "kept, %d", i)
			require.Equal(t, want, text(t, cloned[i]), "cloned, %d", i)
		}
		require.Equal(t, stateText(t, keeps), stateText(t, lends))
	})
}

func stateText(t require.TestingT, e *engine.Engine) string {
	raw, err := json.Marshal(e.Snapshot())
	require.NoError(t, err)
	return string(raw)
}

func stamp(t *engine.Tick, now signals.Instant) {
	t.Now = now
	for i := range t.Outcomes {
		t.Outcomes[i].At = now
	}
	for i := range t.Workloads {
		t.Workloads[i].At = now
	}
}

// TestALentStepAllocatesNothing where nothing new was decided.
func TestALentStepAllocatesNothing(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 50 {
		r.tick(look(4, 100, 0.2))
	}
	tick := look(4, 100, 0.2)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		r.now += interval
		stamp(&tick, instant(r.now))
		r.engine.Lend(tick)
	}))
}
