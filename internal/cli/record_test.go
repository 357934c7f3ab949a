package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

func recordDocuments(t *testing.T, url string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(name, fmt.Appendf(nil, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  workload: {fixed: {replicas: 2}}
  signals: [{name: backlog, provider: aws, sqs: {queue: orders}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
---
apiVersion: scaler.dev/v1alpha1
kind: Replay
metadata: {name: orders}
spec: {plant: {serviceTime: 1s, startUp: {median: 30s}}, objective: {latency: 1m}}
`, url), 0o600))
	return name
}

// TestRecordAndReplay fetches an hour, replays it, and does not replay what was seen.
func TestRecordAndReplay(t *testing.T) {
	testaws.Env(t)
	c := testaws.StartCloudWatch(t)
	from := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	c.Read = func(q testaws.Query) testaws.Series {
		var s testaws.Series
		for i := range 60 {
			if i < 20 || i >= 23 {
				s.Times, s.Values = append(s.Times, from.Add(time.Duration(i)*time.Minute)), append(s.Values, map[bool]float64{true: 120, false: 7}[q.Metric == "NumberOfMessagesSent"])
			}
		}
		return s
	}
	file, csv := recordDocuments(t, c.Provider("").EndpointURL), filepath.Join(t.TempDir(), "traffic.csv")
	h, stdout, stderr := host("record", "-f", file, "--from", from.Format("2006-01-02T15:04Z07:00"), "--to", from.Add(time.Hour).Format(time.RFC3339), "-o", csv)
	require.Equal(t, 0, Main(t.Context(), h), stderr.String())
	require.Equal(t, fmt.Sprintf(`%[1]s: messages sent to queue orders, from %[2]s to %[3]s
  57 steps of 1m0s, on average 2 a second, at most 2
  3 steps of 60 are not known: gaps, not zero
%[4]s: backlog, as the replicas of then made it: to look at, not to replay
`, csv, from.Format(time.RFC3339), from.Add(time.Hour).Format(time.RFC3339), seenName(csv)), stdout.String())

	tried := replay(t, "-f", file, "--trace", csv)
	require.Equal(t, 0, tried.code, tried.stderr)
	require.Contains(t, tried.stdout, "1 gap of 3m0s in all, at line 22: unknown, not zero")
	tried = replay(t, "-f", file, "--trace", seenName(csv))
	require.Equal(t, 3, tried.code)
	require.Contains(t, tried.stderr, "was made by the replicas that ran then")
	require.Contains(t, tried.stderr, "hint: name the file of traffic")
}

func TestRecordFaults(t *testing.T) {
	testaws.Env(t)
	c := testaws.StartCloudWatch(t)
	c.Fail = func(string) (int, string) { return 400, "AccessDenied" }
	file := recordDocuments(t, c.Provider("").EndpointURL)
	csv := filepath.Join(t.TempDir(), "traffic.csv")
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no output":      {[]string{"-f", file, "--last", "1h"}, 2, "add -o traffic.csv"},
		"no window":      {[]string{"-f", file, "-o", csv}, 2, "one of --from and --last is needed"},
		"both":           {[]string{"-f", file, "-o", csv, "--last", "1h", "--from", "2026-01-01"}, 2, "one of --from and --last is needed"},
		"no duration":    {[]string{"-f", file, "-o", csv, "--last", "14x"}, 2, `"14x" is not a duration`},
		"no instant":     {[]string{"-f", file, "-o", csv, "--from", "yesterday"}, 2, `--from: "yesterday" is not an instant`},
		"too long ago":   {[]string{"-f", file, "-o", csv, "--last", "500d"}, 2, "CloudWatch keeps nothing for longer than 455 days"},
		"no such policy": {[]string{"-f", file, "-o", csv, "--last", "1h", "--policy", "shop/order"}, 2, "there is no policy shop/order"},
		"no such signal": {[]string{"-f", file, "-o", csv, "--last", "1h", "--traffic", "rps"}, 2, `no signal "rps"; its signals are backlog`},
		"denied":         {[]string{"-f", file, "-o", csv, "--last", "1h"}, 1, "fetch messages sent to queue orders: auth"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, stderr := host(append([]string{"record"}, tt.args...)...)
			require.Equal(t, tt.code, Main(t.Context(), h), stderr.String())
			require.Contains(t, stderr.String(), tt.want)
			require.NoFileExists(t, csv)
		})
	}
}

func TestReplayARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(`{"record":"scaler.dev/record/v1","hash":"aa","policies":[]}`+"\n"+`{"tick":{"now":{"wall":"2026-11-20T00:00:00Z","monoNs":1}}}`+"\n"), 0o600))
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"with a trace":    {[]string{"--run", path, "--trace", "x.csv"}, 2, "--trace does not go with --run"},
		"other documents": {[]string{"--run", path, "-f", examples + "replay.yaml"}, 3, "these documents are not those that ran"},
		"no decisions":    {[]string{"--run", path}, 1, "holds no decisions to compare with"},
		"no record":       {[]string{"--run", path + "x"}, 1, "open the record"},
		"no JSON":         {[]string{"--run", examples + "replay.yaml"}, 1, "read record: line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := replay(t, tt.args...)
			require.Equal(t, tt.code, got.code, got.stderr)
			require.Contains(t, got.stderr, tt.want)
		})
	}
}
