package doctor

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testgolden"
)

// TestExamine: checks run a few at a time, each for a bounded time, and are told in
// their own order; one that panics is a finding.
func TestExamine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		check := func(name string, takes time.Duration) Check {
			return Check{name, func(ctx context.Context) []Finding {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				select {
				case <-ctx.Done():
					return []Finding{finding(name, Fail, "", "no answer in time")}
				case <-time.After(takes):
					return []Finding{finding(name, OK, "", "answers")}
				}
			}}
		}
		checks := []Check{
			check("slow", 2*time.Second), check("hangs", time.Hour), check("quick", 0),
			{"broken", func(context.Context) []Finding { panic("no") }},
			{"silent", func(context.Context) []Finding { return nil }},
		}
		var told []int
		began := time.Now()
		found := Examine(t.Context(), checks, Settings{Parallel: 2, Timeout: 10 * time.Second, Progress: func(done, total int, left []string) {
			require.Equal(t, 5, total)
			require.Len(t, left, total-done)
			told = append(told, done)
		}})
		require.Equal(t, 10*time.Second, time.Since(began))
		require.Equal(t, []Finding{
			{"slow", OK, "answers", ""},
			{"hangs", Fail, "no answer in time", ""},
			{"quick", OK, "answers", ""},
			{"broken", Fail, "a fault of Scaler's own while examining", ""},
		}, found)
		require.Equal(t, []int{1, 2, 3, 4, 5}, told)
		require.EqualValues(t, 2, most.Load())
		require.Equal(t, 2, Count(found, Fail))
	})
}

func TestTable(t *testing.T) {
	found := []Finding{
		finding("provider aws", OK, "", "answers"),
		finding("signal shop/orders-worker.backlog", Fail, "check the name in the policy", "missing: the queue does not exist"),
		finding("clock é", Warn, "synchronise this host's clock", "45s ahead of ours"),
		finding("odd", Skip, "", "\x1b[31mred\nline"),
	}
	testgolden.Equal(t, "testdata/table.txt", Table(found))
	text, err := json.MarshalIndent(found, "", "  ")
	require.NoError(t, err)
	testgolden.Equal(t, "testdata/findings.json", string(text)+"\n")
}

func TestClock(t *testing.T) {
	for _, tt := range []struct {
		skew time.Duration
		want State
	}{
		{0, OK}, {5 * time.Second, OK}, {-30 * time.Second, OK}, {31 * time.Second, Warn}, {-120 * time.Second, Warn}, {121 * time.Second, Fail}, {-time.Hour, Fail},
	} {
		f := clockFinding("clock", tt.skew, "it matters")
		require.Equal(t, tt.want, f.State, tt.skew)
		require.Equal(t, tt.want == OK, f.Hint == "", tt.skew)
	}
}
