package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testgolden"
)

// minute is a row of traffic.
func minute(n int, value string) string {
	return fmt.Sprintf("2026-03-01T%02d:%02d:00Z,%s\n", n/60, n%60, value)
}

// TestReplayTraffic: whatever a file holds, the answer says what is wrong and where, or
// what was put right. The golden file has what a user reads.
func TestReplayTraffic(t *testing.T) {
	const head = "timestamp,value\n"
	dir := t.TempDir()
	var told strings.Builder
	files := map[string]string{
		"another-header.csv": "time,requests\n" + minute(0, "1") + minute(1, "2"),
		"bom-crlf-blank.csv": "\ufeff" + strings.ReplaceAll(head+minute(0, "1")+minute(1, "2")+"\n", "\n", "\r\n"),
		"capitals.csv":       "Timestamp, Value\n" + minute(0, "1") + minute(1, "2"),
		"compressed.csv.gz":  "\x1f\x8b\b\x00\x00\x00",
		"disorder.csv":       head + minute(0, "1") + minute(2, "3") + minute(1, "2") + minute(3, "4"),
		"duplicates.csv":     head + minute(0, "1") + minute(1, "2") + minute(1, "2") + minute(1, "2") + minute(2, "3"),
		"empty.csv":          "",
		"gap.csv":            head + minute(0, "1") + minute(1, "2") + minute(2, "3") + minute(10, "4") + minute(11, "5"),
		"header-only.csv":    head,
		"huge.csv":           head + minute(0, "1") + minute(1, "1e12"),
		"infinite.csv":       head + minute(0, "1") + minute(1, "+Inf"),
		"long-line.csv":      head + minute(0, strings.Repeat("1", 300)),
		"many-columns.csv":   head + minute(0, "1,2") + minute(1, "2,2"),
		"nan.csv":            head + minute(0, "1") + minute(1, "NaN"),
		"negative.csv":       head + minute(0, "1") + minute(1, "-5"),
		"no-header.csv":      minute(0, "1") + minute(1, "2"),
		"no-value.csv":       head + minute(0, "1") + minute(1, ""),
		"no-zone.csv":        head + "2026-03-01 00:00:00,1\n2026-03-01 00:01:00,2\n",
		"one-row.csv":        head + minute(0, "1"),
		"quoted.csv":         "\"timestamp\",\"value\"\n\"2026-03-01T00:00:00Z\",\"1\"\n" + minute(1, "2"),
		"semicolons.csv":     "timestamp;value\n2026-03-01T00:00:00Z;1\n",
		"steps.csv":          head + minute(0, "1") + minute(1, "1") + minute(2, "1") + minute(3, "1") + minute(4, "1") + minute(14, "1") + minute(24, "1") + minute(34, "1"),
		"two-values.csv":     head + minute(0, "1") + minute(1, "2") + minute(1, "7") + minute(2, "3"),
		"unix-time.csv":      head + "1772323200,1\n1772323260,2\n",
		"utf-16.csv":         "\xff\xfet\x00i\x00m\x00e\x00",
		"years.csv":          head + "1926-03-01T00:00:00Z,1\n" + minute(0, "1") + minute(1, "1"),
		"zero.csv":           head + minute(0, "0") + minute(1, "0"),
		"zone.csv":           head + "2026-03-01T02:00:00+02:00,1\n2026-02-28T16:01:00-08:00,2\n" + minute(2, "3"),
	}
	names := []string{"a-directory", "not-there.csv"}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "a-directory"), 0o700))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		got := replay(t, "-f", examples+"replay.yaml", "--trace", filepath.Join(dir, name))
		fmt.Fprintf(&told, "%s: exit %d\n", name, got.code)
		for line := range strings.Lines(strings.ReplaceAll(got.stdout+got.stderr, dir+string(filepath.Separator), "")) {
			if got.code != 0 || strings.HasPrefix(line, name) || strings.HasPrefix(line, "put right") {
				told.WriteString("  " + line)
			}
		}
		require.LessOrEqual(t, strings.Count(got.stderr, "\n"), 2, name)
		require.NotContains(t, got.stderr, "\x00")
	}
	testgolden.Equal(t, "testdata/traffic.txt", told.String())
}
