package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/trial"
)

// TestResults runs all of it on an hour of traffic.
func TestResults(t *testing.T) {
	dir := t.TempDir()
	var rows []byte
	rows = append(rows, "timestamp,value\n"...)
	for i := range 60 {
		value := "10"
		if i > 30 && i < 40 {
			value = "12"
		}
		rows = append(rows, time.Date(2026, 3, 1, 0, i, 0, 0, time.UTC).Format(time.RFC3339)+","+value+"\n"...)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hour.csv"), rows, 0o600))
	out := filepath.Join(dir, "RESULTS.md")
	require.NoError(t, run(t.Context(), []string{"-traces", dir, "-o", out}, io.Discard, io.Discard))
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Regexp(t, `\| hour \| \d+ \| (([+-]\d+ %|n\.r\.) \| ){5}([+-]\d+ %|n\.r\.) \|`, string(text))
	require.Contains(t, string(text), "| scaler/per-replica |")
	require.Contains(t, string(text), "1 of 1")
	for _, section := range []string{"with default settings", "starts a day", "signals fresh, and 90 s old", "# Where ours lose"} {
		require.Contains(t, string(text), section)
	}
	require.NotContains(t, string(text), "As queues", "no trace is one")
	require.Contains(t, string(text), "what each part earns")
	require.Regexp(t, `\| all \| 1 \|`, string(text))
	require.NotContains(t, string(text), "NaN")
}

// TestLossesAreToldByTheRun: on a step that ours is too slow for, an incumbent that is
// ahead must be named, and the worst ten minutes must be those of the step.
func TestLossesAreToldByTheRun(t *testing.T) {
	short := trial.Short{Ready: 10, Starting: 5, Needed: 15}
	l := loss{
		r:     result{traffic: traffic{name: "steps"}, kind: requests, on: service{startUp: time.Minute}},
		mine:  &trial.Run{Name: "scaler/x", Factor: 1, Scores: trial.Scores{Late: 0.02, Hours: 100}},
		rival: &trial.Run{Name: "predictive", Factor: 0.8, Scores: trial.Scores{Late: 0.02, Hours: 90}}, saves: 0.1,
	}
	require.Contains(t, l.paragraph(), "Nothing of ours was late")
	l.mine.Score.Late = 200
	l.mine.Worst = &trial.Worst{To: time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC), Late: 150, Short: short}
	text := l.paragraph()
	for _, want := range []string{
		"**steps, as requests.** scaler/x has 2 % late for 100 replica-hours.", "As little late for 10 % less is predictive at 0.8 times its usual target.",
		"75 % fell in the ten minutes until 2026-03-01 12:30: one event", "10 replicas were ready, 5 starting, and the traffic needed 15: all of it had been ordered",
		"It adds in advance what it expects of each hour",
	} {
		require.Contains(t, text, want)
	}
	require.Contains(t, cause(trial.Short{Ready: 10, Needed: 30}, l.r), "3.0 times what was ready")
	require.Contains(t, cause(trial.Short{Ready: 10, Needed: 12}, l.r), "less had been ordered")
	require.Contains(t, cause(trial.Short{Ready: 12, Needed: 12}, result{kind: queue}), "had waited before")
}

// TestSectionsFollowTheList: what a policy is without a part has a table, and no place
// among the others.
func TestSectionsFollowTheList(t *testing.T) {
	require.Len(t, names(queue), len(contenders(queue, false))+len(queue.rivals()))
	for _, c := range ours() {
		require.NotEmpty(t, c.kinds, c.name)
		for _, k := range c.kinds {
			on := service{kind: k, capacity: 0.5, time: 2 * time.Second, latency: time.Minute, startUp: time.Minute, peak: 40, step: time.Second, initial: 3}
			for _, a := range []age{fresh(), aged()} {
				for _, factor := range append([]float64{1}, c.sweep...) {
					_, err := on.variant(c, factor, a)
					require.NoError(t, err, c.name)
				}
			}
		}
		require.True(t, c.of == "" || !c.lead, "%s is a part and cannot lead", c.name)
	}
	for _, k := range kinds() {
		leads := slices.DeleteFunc(contenders(k, false), func(c contender) bool { return !c.lead })
		require.Len(t, leads, 1, "%s", k)
	}
}

func TestQuickPrintsWhatOurPoliciesDo(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick", "-only", "crowd", "-step", "1m", "-policies", "^per-replica$"}, &out, io.Discard))
	require.Regexp(t, `(?m)^generated_crowd, as requests$`, out.String())
	require.Regexp(t, `(?m)^generated_crowd, as queue of a minute$`, out.String())
	require.Regexp(t, `(?m)^  scaler/per-replica +[0-9.]+ % +\d+ +[+-]\d+ % of \d+ +\d+ +\S+$`, out.String())
	require.NotContains(t, out.String(), "generated_smooth")
}

func TestWithoutTracesTheTrafficIsGenerated(t *testing.T) {
	s := settings{step: time.Minute}
	made, err := s.traffic(io.Discard)
	require.NoError(t, err)
	require.Len(t, made, 3)
	for _, m := range made {
		require.Greater(t, m.highest(), 100.0)
	}
}
