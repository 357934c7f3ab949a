package daemon_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/app"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// TestLiveEqualsReplayed records a run on real servers, with an outage in it, and
// steps an engine through the record.
func TestLiveEqualsReplayed(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t)
	queue(t, m, "orders", 37)
	record := filepath.Join(t.TempDir(), "run.jsonl")
	document := ordersDocument(m.URL, m.URL, "interval: 1s, freshFor: 3s, holdFor: 8s", scaleInAtOnce)
	d := start(t, document, func(o *app.Options) { o.Record = record })

	// What was decided at each tick, as far as it was seen.
	live := map[time.Duration]string{}
	watch := func(until func() bool) {
		require.Eventually(t, func() bool {
			if s := d.urls.Status(); s != nil {
				live[s.Now.Mono] = written(t, s.Decisions)
			}
			return until()
		}, patience, 100*time.Millisecond)
	}
	is := func(value string) func() bool {
		return func() bool { return d.metric("shop", "orders-worker").value == value }
	}
	watch(is("4"))
	queue(t, m, "orders", 60)
	watch(is("10"))
	m.Stop()
	watch(is("")) // unknown
	m.Restart()
	queue(t, m, "orders", 0)
	watch(is("1"))
	d.end()

	docs, err := config.Load([]config.File{{Name: "test.yaml", Data: []byte(processDocument + document)}}, os.LookupEnv)
	require.NoError(t, err)
	program, err := compile.Compile(docs.Policies)
	require.NoError(t, err)
	again := engine.New(program.Spec, engine.State{})
	f, err := os.Open(record)
	require.NoError(t, err)
	defer f.Close()
	compared := 0
	require.NoError(t, runner.ReadRecord(f, func(l runner.Line) error {
		if l.Header != nil {
			require.Equal(t, docs.Hash, l.Hash)
			return nil
		}
		if l.Tick == nil {
			return nil
		}
		decisions := again.Step(*l.Tick)
		if want, ok := live[l.Tick.Now.Mono]; ok {
			require.JSONEq(t, want, written(t, decisions), "trails included")
			compared++
		}
		return nil
	}))
	require.Equal(t, len(live), compared)
	require.Greater(t, compared, 20)
}

func written(t *testing.T, ds []policy.Decision) string {
	t.Helper()
	raw, err := json.Marshal(ds)
	require.NoError(t, err)
	return string(raw)
}
