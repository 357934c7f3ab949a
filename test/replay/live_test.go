//go:build e2e

package replay_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/rerun"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// documents are two policies on two queues: one follows its backlog at any speed, the
// other the worst of both, a schedule and the tasks that run, slowly.
func documents(url string, amount int) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {ops: {listen: "127.0.0.1:0"}}
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: orders}, interval: 1s, freshFor: 4s, holdFor: 8s}
  demand: [{name: drain, perReplica: {signal: backlog, amount: %d}}]
  scaleIn: {stabilization: 5s, limits: [{replicas: 1, period: 2s}]}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: invoices, namespace: shop}
spec:
  replicas: {min: 0, max: 30}
  workload: {ecs: {provider: aws, cluster: prod, service: invoices}}
  failSafe: {atLeast: 2, wakeFromZero: 1}
  signals:
    - {name: orders, provider: aws, sqs: {queue: orders}, interval: 1s, freshFor: 4s, holdFor: 8s}
    - {name: backlog, provider: aws, sqs: {queue: invoices, count: [Visible, NotVisible]}, interval: 2s, freshFor: 6s, holdFor: 10s}
  demand:
    - {name: drain, perReplica: {signal: backlog, amount: 5}}
    - {name: both, expression: "(signals.orders + signals.backlog) / 12.0"}
    - {name: nights, schedule: {timeZone: Europe/Berlin, start: "* * * * *", end: "1-59/2 * * * *", replicas: 3}}
`, url, amount)
}

// TestLiveEqualsReplay records a daemon and replays the record: every decision is the
// one that was made, with its whole trail. A record with one sample changed is not.
func TestLiveEqualsReplay(t *testing.T) {
	require.GreaterOrEqual(t, *window, 30*time.Second)
	program, dir := build(t), t.TempDir()
	m := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=3")
	file, record := filepath.Join(dir, "scaler.yaml"), filepath.Join(dir, "ticks.jsonl")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	orders, invoices := newQueue(t, m, "orders"), newQueue(t, m, "invoices")
	prepare := func() {
		orders.make(t)
		invoices.make(t)
		m.CLI(t, "ecs", "create-cluster", "--cluster-name", "prod")
		m.CLI(t, "ecs", "register-task-definition", "--family", "invoices", "--container-definitions", `[{"name":"a","image":"b","memory":128}]`)
		m.CLI(t, "ecs", "create-service", "--cluster", "prod", "--service-name", "invoices", "--task-definition", "invoices", "--desired-count", "3")
	}
	prepare()
	write(documents(m.URL, 10))
	d := start(t, program, "-f", file, "--record", record)
	d.logs(`"first decision"`)

	flow(t, *window*4/10, 1, orders, invoices)
	m.Stop()
	time.Sleep(max(*window/10, 12*time.Second)) // beyond holdFor
	d.logs(`"decision unknown"`)
	m.Restart()
	prepare()
	flow(t, *window*2/10, 2, orders, invoices)
	write(strings.Replace(documents(m.URL, 10), "amount: 10", "amuont: 10", 1))
	d.logs("documents refused")
	changed := documents(m.URL, 4)
	write(changed)
	d.logs(`"documents loaded"`)
	flow(t, *window*3/10, 3, orders, invoices)
	d.end()

	code, out, errs := replay(t, program, "--run", record)
	t.Logf("scaler replay --run: %s%s", out, errs)
	require.Equal(t, 0, code)
	require.Contains(t, out, "all equal, trails included")
	code, out, errs = replay(t, program, "--run", record, "-f", file, "-o", "json")
	require.Equal(t, 0, code, "the documents that ran last: %s", errs)
	var got rerun.Report
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.GreaterOrEqual(t, got.Span.Duration, *window)
	require.Equal(t, 2*got.Ticks, got.Decisions)
	require.Equal(t, 2, got.Documents)
	require.NotZero(t, got.Failures, "the outage")
	require.NotZero(t, got.Unknown)

	write(documents(m.URL, 5))
	code, _, errs = replay(t, program, "--run", record, "-f", file)
	require.Equal(t, 3, code)
	require.Contains(t, errs, "these documents are not those that ran")

	code, out, errs = replay(t, program, "--run", tampered(t, record))
	require.Equal(t, 3, code, out)
	require.Contains(t, errs, "a decision differs: tick ")
}

// tampered is the record with one sample changed.
func tampered(t *testing.T, record string) string {
	t.Helper()
	raw, err := os.ReadFile(record)
	require.NoError(t, err)
	before, after, found := strings.Cut(string(raw), `"samples":[{"value":`)
	require.True(t, found)
	name := filepath.Join(t.TempDir(), "tampered.jsonl")
	require.NoError(t, os.WriteFile(name, []byte(before+`"samples":[{"value":7`+after), 0o600))
	return name
}
