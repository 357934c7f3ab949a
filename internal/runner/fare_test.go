package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// other is a second source of the same provider.
type other struct{ source }

func (*other) Subjects() []signals.Subject {
	return []signals.Subject{{Provider: "aws", Query: "other"}}
}

func failing(down *atomic.Bool) func(context.Context, int64) ([]signals.Outcome, error) {
	return func(context.Context, int64) ([]signals.Outcome, error) {
		if down.Load() {
			return nil, &signals.Error{Reason: signals.Throttled}
		}
		return []signals.Outcome{{Subject: signals.Subject{Provider: "aws", Query: "other"}, Samples: []signals.Sample{{Value: 1}}}}, nil
	}
}

// lines are the log's, each as a map; only those with the message.
func lines(t *testing.T, log *bytes.Buffer, msg string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range strings.Lines(log.String()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		if l["msg"] == msg {
			out = append(out, l)
		}
	}
	return out
}

func logging(log *bytes.Buffer) func() Settings {
	return func() Settings {
		s := settings()
		s.Log = slog.New(slog.NewJSONHandler(log, nil))
		return s
	}
}

// TestAProviderFailsWhileAnyOfItsCallsDoes: one source works, one does not, and
// neither the log nor the status flaps.
func TestAProviderFailsWhileAnyOfItsCallsDoes(t *testing.T) {
	var log bytes.Buffer
	var down atomic.Bool
	down.Store(true)
	p := pipelineOf(answering(37))
	p.Polls = append(p.Polls, Poll{
		Provider: "aws", Source: &other{source{do: failing(&down)}}, Interval: 10 * time.Second, Timeout: 5 * time.Second,
	})
	during(t, logging(&log), p, func(r *Runner) {
		wait(20 * time.Second)
		for range 60 {
			wait(time.Second)
			require.NotNil(t, r.Status().Providers[0].Last)
		}
		down.Store(false)
		wait(time.Minute)
		require.Nil(t, r.Status().Providers[0].Last)
	})
	require.Len(t, lines(t, &log, "provider fails"), 1)
	require.Len(t, lines(t, &log, "provider answers again"), 1)
}

func TestACallThatIsGoneSaysNothing(t *testing.T) {
	in := inbox{providers: map[string]*ProviderStatus{}}
	a, b := callID{"aws", "a"}, callID{"aws", "b"}
	in.keep([]callID{a, b})
	in.note(a, signals.Instant{}, nil)
	in.note(b, signals.Instant{}, &signals.Error{Reason: signals.Timeout})
	require.NotNil(t, in.fare()[0].Last)
	in.keep([]callID{a})
	require.Nil(t, in.fare()[0].Last, "what failed is no longer there")
	in.note(b, signals.Instant{}, &signals.Error{Reason: signals.Timeout})
	require.Nil(t, in.fare()[0].Last, "nor does it come back")
	in.keep(nil)
	require.Empty(t, in.fare())
}

func TestAPanicIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	s := &source{do: func(context.Context, int64) ([]signals.Outcome, error) { panic("oops") }}
	during(t, logging(&log), pipelineOf(s), func(*Runner) { wait(2 * time.Minute) })
	found := lines(t, &log, "a source panicked")
	require.Len(t, found, 1)
	require.Equal(t, "ERROR", found[0]["level"])
	require.Equal(t, "oops", found[0]["panic"])
	require.Contains(t, found[0]["stack"], "runner.fetch")
}

// TestTheLogOfDecisions starts, fails for longer than a value is held, and works
// again.
func TestTheLogOfDecisions(t *testing.T) {
	var log bytes.Buffer
	var down atomic.Bool
	s := &source{do: func(context.Context, int64) ([]signals.Outcome, error) {
		if down.Load() {
			return nil, &signals.Error{Reason: signals.Throttled}
		}
		return []signals.Outcome{{Subject: backlog, Samples: []signals.Sample{{Value: 37}}}}, nil
	}}
	during(t, logging(&log), pipelineOf(s), func(r *Runner) {
		wait(time.Minute)
		down.Store(true)
		wait(15 * time.Minute)
		_, known := desired(t, r).Replicas()
		require.False(t, known)
		down.Store(false)
		wait(2 * time.Minute)
	})
	first, gone, back := lines(t, &log, "first decision"), lines(t, &log, "decision unknown"), lines(t, &log, "decision known again")
	require.Len(t, first, 1)
	require.Equal(t, "largest_proposal", first[0]["reason"], "as explain has it")
	require.Len(t, gone, 1)
	require.Equal(t, "WARN", gone[0]["level"])
	require.Len(t, back, 1)
	require.Equal(t, "unknown", back[0]["from"])
	require.InDelta(t, 4, back[0]["desired"], 0)
	require.NotContains(t, log.String(), `"reason":""`)
}

func TestAColdStartIsNothingToWarnOf(t *testing.T) {
	var log bytes.Buffer
	j := newJournal(slog.New(slog.NewJSONHandler(&log, nil)))
	for _, d := range []policy.Desired{policy.Unknown("not_polled"), policy.Unknown(policy.ReasonColdStart), policy.Replicas(4), policy.Replicas(5)} {
		j.decision(&policy.Decision{Policy: orders, Desired: d})
	}
	require.NotContains(t, log.String(), "WARN")
	require.Len(t, lines(t, &log, "decision waits"), 1)
	require.Len(t, lines(t, &log, "first decision"), 1)
	require.Len(t, lines(t, &log, "decision changed"), 1)
}

func TestStanding(t *testing.T) {
	failing := &signals.Error{Reason: signals.Timeout}
	now := &Status{
		Guards:   []engine.Guard{{Provider: "aws", Tripped: true}, {Provider: "prom"}},
		Subjects: []engine.SubjectStatus{{Subject: signals.Subject{Provider: "aws", Query: "a"}, Last: failing}, {Subject: signals.Subject{Provider: "aws", Query: "b"}, Last: failing}},
	}
	standing := NewStanding(func() *Status { return now })
	require.NoError(t, testutil.CollectAndCompare(standing, strings.NewReader(`
# HELP scaler_mass_guard_tripped 1 while no signal of the provider may lower, because too many failed at once.
# TYPE scaler_mass_guard_tripped gauge
scaler_mass_guard_tripped{provider="aws"} 1
scaler_mass_guard_tripped{provider="prom"} 0
# HELP scaler_subjects_failing Subjects whose latest fetch failed, by provider and reason.
# TYPE scaler_subjects_failing gauge
scaler_subjects_failing{provider="aws",reason="timeout"} 2
`)))
	now = nil
	require.Zero(t, testutil.CollectAndCount(standing))
}

// TestARecordIsWrittenAsItGoes: nothing is lost if the process is killed.
func TestARecordIsWrittenAsItGoes(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "record.jsonl"))
	require.NoError(t, err)
	defer f.Close()
	with := func() Settings {
		s := settings()
		s.Record = NewRecorder(f)
		return s
	}
	during(t, with, pipelineOf(answering(37)), func(r *Runner) {
		wait(10 * time.Second)
		raw, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		require.EqualValues(t, r.Status().Ticks, strings.Count(string(raw), `"tick"`))
		require.True(t, strings.HasSuffix(string(raw), "\n"))
	})
}

func TestUses(t *testing.T) {
	during(t, settings, pipelineOf(answering(37)), func(r *Runner) {
		wait(5 * time.Second)
		require.Equal(t, map[signals.Subject][]Use{backlog: {{orders, "backlog"}}}, r.Status().Uses)
	})
}
