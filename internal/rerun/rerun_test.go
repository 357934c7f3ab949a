package rerun_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/rerun"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

func documents(t *testing.T, amount int) *config.Documents {
	t.Helper()
	docs, err := config.Load([]config.File{{Name: "test.yaml", Data: fmt.Appendf(nil, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  workload: {fixed: {replicas: 2}}
  signals: [{name: backlog, provider: aws, sqs: {queue: orders}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: %d}}]
  scaleIn: {stabilization: 0s}
`, amount)}}, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	return docs
}

var begin = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// recorded is the record of a run: ten minutes, an outage in it, and a reload.
func recorded(t *testing.T, change ...func(*runner.Line)) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	write := func(l runner.Line) {
		for _, f := range change {
			f(&l)
		}
		require.NoError(t, enc.Encode(l))
	}
	var e *engine.Engine
	var state engine.State
	var subject signals.Subject
	for i := range 600 {
		if i%300 == 0 {
			docs := documents(t, 10-i/60)
			policies, err := json.Marshal(docs.Policies)
			require.NoError(t, err)
			write(runner.Line{Header: &runner.Header{Record: runner.RecordVersion, Hash: docs.Hash, Policies: policies}})
			program, err := compile.Compile(docs.Policies)
			require.NoError(t, err)
			if e != nil {
				state = e.State()
			}
			e, subject = engine.New(program.Spec, state), program.Subjects[0].Subject.Subject
		}
		mono := time.Duration(i) * time.Second
		tick := engine.Tick{Now: signals.Instant{Wall: begin.Add(mono), Mono: mono}}
		if i%15 == 0 {
			o := signals.Outcome{Subject: subject, At: tick.Now, Samples: []signals.Sample{{Value: float64(i * 7 % 300)}}}
			if i/100 == 2 {
				o.Samples, o.Err = nil, &signals.Error{Reason: signals.Throttled}
			}
			tick.Outcomes = append(tick.Outcomes, o)
		}
		write(runner.Line{Tick: &tick})
		var decided []runner.Decided
		for _, d := range e.Step(tick) {
			one, err := runner.DecidedOf(d)
			require.NoError(t, err)
			decided = append(decided, one)
		}
		write(runner.Line{Decided: decided})
	}
	return &out
}

func TestEqual(t *testing.T) {
	record := recorded(t).String()
	for name, docs := range map[string]*config.Documents{"of the record": nil, "named": documents(t, 10), "named, after the reload": documents(t, 5)} {
		t.Run(name, func(t *testing.T) {
			got, err := rerun.Run(strings.NewReader(record), docs)
			require.NoError(t, err)
			require.Nil(t, got.First)
			require.Equal(t, 600, got.Ticks)
			require.Equal(t, 600, got.Decisions)
			require.Equal(t, 2, got.Documents)
			require.Equal(t, 599*time.Second, got.Span.Duration)
			require.NotZero(t, got.Failures)
		})
	}
}

// TestDifferences: each is found where it is, and told.
func TestDifferences(t *testing.T) {
	line := 0
	at := func(n int, f func(*runner.Line)) func(*runner.Line) {
		line = 0
		return func(l *runner.Line) {
			if line++; line == n {
				f(l)
			}
		}
	}
	for name, tt := range map[string]struct {
		change func(*runner.Line)
		want   string
	}{
		"another number": {
			at(3, func(l *runner.Line) { l.Decided[0].Desired = policy.Replicas(49) }),
			"tick 1, 2026-11-01T12:00:00Z: shop/orders: recorded 49, now unknown (cold_start)",
		},
		"another trail": {
			at(203, func(l *runner.Line) { l.Decided[0].Hash = "00" }),
			"shop/orders: recorded 23, now 23, with another trail",
		},
		"another sample": {
			at(152, func(l *runner.Line) {
				seen := l.Tick.Outcomes[0]
				seen.Samples = []signals.Sample{{Value: 499}}
				l.Tick = &engine.Tick{Now: l.Tick.Now, Outcomes: []signals.Outcome{seen}}
			}),
			"tick 76, 2026-11-01T12:01:15Z: shop/orders: recorded 23, now 24",
		},
		"another documents": {
			at(1, func(l *runner.Line) { l.Policies, _ = json.Marshal(documents(t, 20).Policies) }),
			"tick 1,",
		},
	} {
		t.Run(name, func(t *testing.T) {
			line = 0
			got, err := rerun.Run(recorded(t, tt.change), nil)
			require.NoError(t, err)
			require.NotNil(t, got.First)
			require.Contains(t, got.First.String(), tt.want)
		})
	}
}

func TestRefusals(t *testing.T) {
	bare := func(l *runner.Line) {
		if l.Header != nil {
			l.Policies = nil
		}
	}
	none := func(l *runner.Line) { l.Decided = nil }
	withoutEmpty := func(b *bytes.Buffer) string { return strings.ReplaceAll(b.String(), "{}\n", "") }
	for name, tt := range map[string]struct {
		record string
		docs   *config.Documents
		want   string
	}{
		"other documents":       {recorded(t).String(), documents(t, 7), "these documents are not those that ran"},
		"other documents, bare": {recorded(t, bare).String(), documents(t, 7), "these documents are not those that ran"},
		"bare":                  {recorded(t, bare).String(), nil, "does not hold the policies"},
		"no decisions":          {withoutEmpty(recorded(t, none)), nil, "no decisions to compare"},
		"empty":                 {"", nil, "no decisions to compare"},
		"no header":             {`{"tick":{}}`, nil, "does not begin with its header"},
		"of the future":         {`{"record":"scaler.dev/record/v9"}`, nil, `version "scaler.dev/record/v9" is not known`},
		"policies that are not": {`{"record":"scaler.dev/record/v1","policies":7}`, nil, "read the record's policies"},
		"decisions of nobody":   {`{"record":"scaler.dev/record/v1","policies":[]}` + "\n" + `{"decided":[{}]}`, nil, "has 1 decisions, and its documents 0 policies"},
		"not JSON":              {"not JSON", nil, "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rerun.Run(strings.NewReader(tt.record), tt.docs)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func FuzzRun(f *testing.F) {
	f.Add([]byte(`{"record":"scaler.dev/record/v1","policies":[{"metadata":{},"spec":{}}]}` + "\n" + `{"tick":{}}` + "\n" + `{"decided":[{}]}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		if got, err := rerun.Run(bytes.NewReader(record), nil); err == nil {
			require.Positive(t, got.Decisions+got.Documents)
		}
	})
}
