package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// queue makes a queue of visible messages.
func queue(t *testing.T, m *testaws.Moto, name string, messages int) {
	t.Helper()
	var made struct{ QueueUrl string }
	require.NoError(t, json.Unmarshal([]byte(m.CLI(t, "sqs", "create-queue", "--queue-name", name)), &made))
	for sent := 0; sent < messages; sent += 10 {
		var entries []string
		for i := sent; i < min(sent+10, messages); i++ {
			entries = append(entries, fmt.Sprintf("Id=m%d,MessageBody=x", i))
		}
		m.CLI(t, append([]string{"sqs", "send-message-batch", "--queue-url", made.QueueUrl, "--entries"}, entries...)...)
	}
}

// ordersDocument is the policy shop/orders-worker, read from one AWS and published
// to another.
func ordersDocument(readURL, publishURL, signal, rules string) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: publisher}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders-worker, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: orders}, %s}
  demand:
    - name: drain
      perReplica: {signal: backlog, amount: 10}
%s
  publish:
    externalMetric: {}
    cloudWatch: {provider: publisher, namespace: Scaler, period: 10s}
`, readURL, publishURL, signal, rules)
}

// published are the datapoints of DesiredReplicas as the aws CLI reads them.
func published(t *testing.T, m *testaws.Moto) []float64 {
	t.Helper()
	now := time.Now().UTC()
	out := m.CLI(t, "cloudwatch", "get-metric-statistics", "--namespace", "Scaler", "--metric-name", "DesiredReplicas",
		"--dimensions", "Name=Namespace,Value=shop", "Name=Policy,Value=orders-worker", "--statistics", "Average", "SampleCount",
		"--period", "10", "--start-time", now.Add(-time.Hour).Format(time.RFC3339), "--end-time", now.Add(time.Minute).Format(time.RFC3339))
	var got struct {
		Datapoints []struct{ Average, SampleCount float64 }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	var values []float64
	for _, p := range got.Datapoints {
		for range int(p.SampleCount) {
			values = append(values, p.Average)
		}
	}
	return values
}

func TestAQueueBecomesReplicasOnBothSinks(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t)
	queue(t, m, "orders", 37)
	d := start(t, ordersDocument(m.URL, m.URL, "interval: 5s", ""))

	four := d.becomes("orders-worker", "4")
	require.LessOrEqual(t, time.Since(four.at), 15*time.Second+time.Second, "in whole seconds")
	require.Equal(t, "37", d.becomes("orders-worker.backlog", "37").value)

	require.Eventually(t, func() bool {
		values := published(t, m)
		return len(values) > 0 && values[len(values)-1] == 4
	}, patience, time.Second, "the aws CLI reads DesiredReplicas = 4")

	code, health := d.get("/health")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, health, "orders-worker")
	code, _ = d.get("/readyz")
	require.Equal(t, http.StatusOK, code)
}

// counted is a way to a server on which calls are counted.
type counted struct {
	*httptest.Server

	calls atomic.Int64
}

func countCalls(t *testing.T, to string) *counted {
	t.Helper()
	u, err := url.Parse(to)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) {
		// As a killed server does: no answer at all.
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}
	c := &counted{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.calls.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

// over counts calls during a span.
func (c *counted) over(d time.Duration) int64 {
	before := c.calls.Load()
	time.Sleep(d)
	return c.calls.Load() - before
}

const quickly = "interval: 2s, freshFor: 10s, holdFor: 60s"

const scaleInAtOnce = `  scaleIn: {stabilization: 0s, limits: [{replicas: 1, period: 2s}]}`

func TestAServerThatDiesGivesNoCapacityAway(t *testing.T) {
	t.Parallel()
	m, publisher := testaws.StartOwn(t), testaws.StartOwn(t)
	queue(t, m, "orders", 37)
	via := countCalls(t, m.URL)
	puts := countCalls(t, publisher.URL)
	d := start(t, ordersDocument(via.URL, puts.URL, quickly, scaleInAtOnce))
	d.becomes("orders-worker", "4")
	healthy := via.over(10 * time.Second)

	killed := time.Now()
	m.Stop()
	outage := via.over(10 * time.Second)
	require.LessOrEqual(t, outage, healthy+2, "calls do not rise (2: where the spans begin in an interval)")
	for time.Since(killed) < 55*time.Second {
		require.Equal(t, "4", d.metric("shop", "orders-worker").value, "held")
		time.Sleep(time.Second)
	}
	d.fails("orders-worker", "unavailable")
	require.GreaterOrEqual(t, time.Since(killed), 58*time.Second, "not before holdFor")

	time.Sleep(11 * time.Second) // a publication that was under way has ended
	require.NotEmpty(t, published(t, publisher))
	require.Zero(t, puts.over(21*time.Second), "CloudWatch gets nothing once the decision is unknown")
	silent := len(published(t, publisher))

	t.Run("restarted with the queue missing", func(t *testing.T) {
		m.Restart()
		d.fails("orders-worker", "missing")
		time.Sleep(6 * time.Second)
		d.fails("orders-worker", "missing")
		require.Equal(t, "Missing", d.state("shop/orders-worker", "backlog"))
		require.Len(t, published(t, publisher), silent)
	})
	t.Run("the queue recreated empty", func(t *testing.T) {
		before := d.urls.Status().Ticks
		queue(t, m, "orders", 0)
		lowered := d.until("orders-worker", "lowers", func(a answer) bool { return a.code == http.StatusOK && a.value != "4" })
		require.Equal(t, "3", lowered.value, "one at a time, as scaleIn allows")
		require.GreaterOrEqual(t, d.urls.Status().Ticks-before, int64(3), "three distinct samples, two seconds apart")
		d.becomes("orders-worker", "1")
	})
}

func TestARestartedQueueIsConfirmedByThreeSamples(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t)
	queue(t, m, "orders", 37)
	via := countCalls(t, m.URL)
	d := start(t, ordersDocument(via.URL, m.URL, "interval: 5s, freshFor: 15s, holdFor: 30s", scaleInAtOnce))
	d.becomes("orders-worker", "4")
	m.Stop()
	d.fails("orders-worker", "unavailable")
	m.Restart()
	queue(t, m, "orders", 0)
	var zeros int64
	d.until("orders-worker", "lowers", func(a answer) bool {
		if a.code == http.StatusOK && a.value != "4" {
			return true
		}
		if backlog := d.metric("shop", "orders-worker.backlog"); backlog.code == http.StatusOK && zeros == 0 {
			zeros = via.calls.Load()
		}
		return false
	})
	// The first zero was seen at `zeros` calls; two more came before replicas fell.
	require.GreaterOrEqual(t, via.calls.Load()-zeros, int64(2))
}

func TestAWorkloadOfECS(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=3")
	queue(t, m, "orders", 37)
	m.CLI(t, "ecs", "create-cluster", "--cluster-name", "prod")
	m.CLI(t, "ecs", "register-task-definition", "--family", "orders", "--container-definitions", `[{"name":"a","image":"b","memory":128}]`)
	m.CLI(t, "ecs", "create-service", "--cluster", "prod", "--service-name", "orders", "--task-definition", "orders", "--desired-count", "3")
	doc := strings.Replace(ordersDocument(m.URL, m.URL, "interval: 2s, freshFor: 10s", ""), "  replicas: {min: 1, max: 50}",
		"  replicas: {min: 1, max: 50}\n  workload: {ecs: {provider: aws, cluster: prod, service: orders}}", 1)
	d := start(t, doc)
	d.becomes("orders-worker", "4")
	now := time.Now().UTC()
	require.Eventually(t, func() bool {
		out := m.CLI(t, "cloudwatch", "get-metric-statistics", "--namespace", "Scaler", "--metric-name", "Utilization",
			"--dimensions", "Name=Namespace,Value=shop", "Name=Policy,Value=orders-worker", "--statistics", "Average",
			"--period", "10", "--start-time", now.Add(-time.Hour).Format(time.RFC3339), "--end-time", now.Add(time.Hour).Format(time.RFC3339))
		return strings.Contains(out, strconv.FormatFloat(100*4.0/3, 'f', 4, 64)[:7])
	}, patience, time.Second, "Utilization = 100 × 4 ÷ 3")
}
