package trial

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/internal/config"
)

func settings(t *testing.T, file string, traffic *trace.Trace) Settings {
	t.Helper()
	data, err := os.ReadFile("../../examples/" + file)
	require.NoError(t, err)
	docs, err := config.Load([]config.File{{Name: file, Data: data}}, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	return Settings{Name: "test", Trace: traffic, Policy: docs.Policies[0], Replay: docs.Replays[0], Budget: 0.001}
}

// TestWhatIsNeverServedIsLate: a run that only falls behind looks no better for it.
func TestWhatIsNeverServedIsLate(t *testing.T) {
	s := settings(t, "replay.yaml", trace.Generate(trace.Shape{
		Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Step: time.Second, Length: time.Hour, Mean: 5000,
	}))
	r, err := Try(t.Context(), s)
	require.NoError(t, err)
	require.Greater(t, r.Runs[0].Scores.Late, 0.95)
	require.False(t, r.Oracle.Reachable)
	short := r.Runs[0].Worst.Short
	require.Greater(t, short.Needed, short.Ready)
	require.WithinRange(t, short.At, r.Runs[0].Worst.From, r.Runs[0].Worst.To)
}

// TestVariantsRunInPlaceOfThePolicy with their own names and factors.
func TestVariantsRunInPlaceOfThePolicy(t *testing.T) {
	s := settings(t, "replay-changed.yaml", trace.Generate(trace.Shape{
		Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Step: time.Second, Length: 10 * time.Minute, Mean: 80,
	}))
	s.NoOracle, s.Against = true, []string{"hpa"}
	s.Variants = []Variant{{"a", 1, s.Policy, s.Replay}, {"a", 2, s.Policy, s.Replay}}
	r, err := Try(t.Context(), s)
	require.NoError(t, err)
	require.Len(t, r.Runs, 3)
	require.Equal(t, []any{"a", 1.0, "a", 2.0, "hpa", 1.0}, []any{r.Runs[0].Name, r.Runs[0].Factor, r.Runs[1].Name, r.Runs[1].Factor, r.Runs[2].Name, r.Runs[2].Factor})
	require.Zero(t, r.Oracle)
	bound, err := Oracle(s, 0)
	require.NoError(t, err)
	require.Positive(t, bound.Low)
}

func TestTrialsAreDeterministic(t *testing.T) {
	s := settings(t, "replay-changed.yaml", trace.Generate(trace.Shape{
		Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Step: time.Second, Length: time.Hour, Mean: 80, Noise: 0.1, Seed: 1,
	}))
	s.Against, s.Sweep = Incumbents(), true
	first, err := Try(t.Context(), s)
	require.NoError(t, err)
	second, err := Try(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, first.Runs, second.Runs)
	require.Len(t, first.Usual(), 1+len(Incumbents()))
	page := s.Page(first)
	require.Len(t, page.Frontiers, 1+len(Incumbents()))
	require.Len(t, page.Demand, len(page.Times))
}
