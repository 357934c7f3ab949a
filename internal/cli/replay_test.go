package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testgolden"
)

const examples = "../../examples/"

type ran struct {
	code           int
	stdout, stderr string
}

func replay(t *testing.T, args ...string) ran {
	t.Helper()
	h, stdout, stderr := host(append([]string{"replay"}, args...)...)
	code := Main(t.Context(), h)
	return ran{code, stdout.String(), stderr.String()}
}

// TestReplayStory: a policy that a newcomer would write is late in the flash crowd, and
// the changed one is not, at about the same price.
func TestReplayStory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.html")
	first := replay(t, "-f", examples+"replay.yaml", "--assert", "late<=0.1%", "--html", file)
	require.Equal(t, 3, first.code)
	require.Contains(t, first.stderr, "error: shop/orders-worker on flash-crowd.csv: late<=0.1% does not hold: late is ")
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(page), "backlog 6,556.1 ÷ 100", "the trail of the worst minutes")

	changed := replay(t, "-f", examples+"replay-changed.yaml", "--assert", "late<=0.1%", "--assert", "hours<300")
	require.Equal(t, 0, changed.code, changed.stderr)
}

func TestReplayTable(t *testing.T) {
	got := replay(t, "-f", examples+"replay.yaml", "--against", "hpa,keda,kpa,target-tracking,step,backlog-per-task,predictive")
	require.Equal(t, 0, got.code, got.stderr)
	testgolden.Equal(t, "testdata/replay.txt", got.stdout)
}

func TestReplayFaults(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	story := examples + "replay.yaml"
	for name, tt := range map[string]struct {
		args []string
		code int
		want []string
	}{
		"no replay":     {[]string{"-f", examples + "sqs.yaml"}, 2, []string{"hold no Replay document", "hint: see examples/replay.yaml"}},
		"no such rival": {[]string{"-f", story, "--against", "vpa"}, 1, []string{`nothing is called "vpa"`, "hpa, keda, kpa"}},
		"assertion":     {[]string{"-f", story, "--assert", "latency<1"}, 2, []string{"nothing is called latency; late, hours"}},
		"budget":        {[]string{"-f", story, "--budget", "2"}, 2, []string{`--budget: "2" is not a share`}},
		"slo":           {[]string{"-f", story, "--slo", "soon"}, 2, []string{`--slo: "soon" is not a duration`}},
		"slo too short": {[]string{"-f", story, "--slo", "10ms"}, 3, []string{"is less than plant.serviceTime"}},
		"no traffic":    {[]string{"-f", story, "--trace", dir + "/none.csv"}, 1, []string{"open the traffic"}},
		"not a number":  {[]string{"-f", story, "--trace", file("a.csv", "timestamp,value\n2026-03-01T00:00:00Z,1\n2026-03-01T00:01:00Z,many\n")}, 3, []string{"a.csv: line 3"}},
		"one row":       {[]string{"-f", story, "--trace", file("b.csv", "timestamp,value\n2026-03-01T00:00:00Z,1\n")}, 3, []string{"two rows"}},
		"negative":      {[]string{"-f", story, "--trace", file("c.csv", "timestamp,value\n2026-03-01T00:00:00Z,1\n2026-03-01T00:01:00Z,-1\n")}, 3, []string{"c.csv: line 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := replay(t, tt.args...)
			require.Equal(t, tt.code, got.code, got.stderr)
			for _, want := range tt.want {
				require.Contains(t, got.stderr, want)
			}
			require.LessOrEqual(t, strings.Count(got.stderr, "\n"), 2)
		})
	}
}

func TestReplayRepairsAreTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "late.csv")
	require.NoError(t, os.WriteFile(path, []byte("timestamp,value\n2026-03-01T00:00:00Z,1\n2026-03-01T00:02:00Z,3\n2026-03-01T00:01:00Z,2\n2026-03-01T00:03:00Z,4\n"), 0o600))
	got := replay(t, "-f", examples+"replay.yaml", "--trace", path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "put right in the traffic: ")
}
