package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
}

func TestQuickPrintsWhatOurPoliciesDo(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick", "-only", "crowd", "-step", "1m", "-policies", "^per-replica$"}, &out, io.Discard))
	require.Regexp(t, `(?m)^generated_crowd, as requests$`, out.String())
	require.Regexp(t, `(?m)^generated_crowd, as queue$`, out.String())
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
