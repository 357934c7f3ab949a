package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testgolden"
)

func advised(t *testing.T, args ...string) ran {
	t.Helper()
	h, stdout, stderr := host(append([]string{"advise"}, args...)...)
	code := Main(t.Context(), h)
	return ran{code, stdout.String(), stderr.String()}
}

// TestAdviseStory: what a newcomer runs is late, and what is advised is neither late nor
// dearer; its document is one that Scaler reads.
func TestAdviseStory(t *testing.T) {
	got := advised(t, "-f", examples+"replay.yaml")
	require.Equal(t, 0, got.code, got.stderr)
	testgolden.Equal(t, "testdata/advise.txt", got.stdout)
}

func TestAdviseFaults(t *testing.T) {
	short := filepath.Join(t.TempDir(), "short.csv")
	require.NoError(t, os.WriteFile(short, []byte("timestamp,value\n2026-01-01T00:00:00Z,1\n"), 0o600))
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no traffic", []string{"--capacity", "10"}, "no traffic is named"},
		{"no capacity", []string{"--trace", short}, "--capacity is missing"},
		{"not a share", []string{"--trace", short, "--capacity", "10", "--budget", "some"}, "--budget: "},
		{"one row", []string{"--trace", short, "--capacity", "10"}, "at least two rows"},
		{"no time at all", []string{"--trace", short, "--capacity", "10", "--slo", "50ms"}, "everything would be late"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := advised(t, tt.args...)
			require.NotEqual(t, 0, got.code)
			require.Empty(t, got.stdout)
			require.Contains(t, got.stderr, tt.want)
			require.Contains(t, got.stderr, "hint: ")
		})
	}
}
