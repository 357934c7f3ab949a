package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/cost"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// account is an AWS that writes down what it is asked.
type account struct {
	mu   sync.Mutex
	seen []string
}

func (a *account) serve(w http.ResponseWriter, r *http.Request) {
	var in struct {
		MetricDataQueries []struct{ MetricStat json.RawMessage }
		MetricData        []json.RawMessage
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	metrics := len(in.MetricData)
	for _, q := range in.MetricDataQueries {
		if q.MetricStat != nil {
			metrics++
		}
	}
	operation := testaws.Operation(r)
	if operation == "GetMetricData" {
		metrics = max(1, metrics) // a search asks for one at least
	}
	a.mu.Lock()
	a.seen = append(a.seen, fmt.Sprintf("%s %d", operation, metrics))
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	switch operation {
	case "GetQueueUrl":
		_, _ = io.WriteString(w, `{"QueueUrl":"http://queue.example/q"}`)
	case "GetQueueAttributes":
		_, _ = io.WriteString(w, `{"Attributes":{"ApproximateNumberOfMessages":"3"}}`)
	default:
		_, _ = io.WriteString(w, `{}`)
	}
}

func (a *account) took() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen
	a.seen = nil
	return seen
}

func said(calls ...[]awsx.Call) []string {
	var out []string
	for _, part := range calls {
		for _, c := range part {
			out = append(out, fmt.Sprintf("%s %d", c.Operation, c.Metrics))
		}
	}
	return out
}

const costHead = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: eu-west-1, endpointURL: "ENDPOINT", protocol: json}}
`

// costPolicies are n policies that share five queues, seven metrics and two target
// groups, on ECS.
func costPolicies(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: p%[1]d, namespace: shop}
spec:
  workload: {ecs: {provider: aws, cluster: prod, service: s%[1]d}}
  replicas: {min: 1, max: 9}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: q%[2]d}}
    - {name: load, provider: aws, kind: Total, cloudWatch: {namespace: N, metric: m%[3]d, statistic: Sum}}
    - {name: share, provider: aws, kind: Total, interval: 10s, freshFor: 3m, cloudWatch: {expression: a/b, metrics: [{id: a, namespace: N, metric: m%[3]d, statistic: Sum}, {id: b, namespace: N, metric: all, statistic: Sum}]}}
    - {name: found, provider: aws, kind: Total, interval: 10s, freshFor: 3m, cloudWatch: {expression: 'SUM(SEARCH(''{N} x%[3]d'', ''Sum'', 60))'}}
    - {name: rate, provider: aws, alb: {loadBalancer: app/web/50dc6c495c0c9188, targetGroup: targetgroup/t%[4]d/943f017f100becff, metric: RequestsPerSecond}}
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  publish: {cloudWatch: {provider: aws, period: %[5]s}}
`, i, i%5, i%7, i%2, []string{"60s", "10s"}[i%2])
	}
	return b.String()
}

// TestSourcesMakeTheCallsTheyTell: the estimate's only input is what sources say, so
// each is held to it.
func TestSourcesMakeTheCallsTheyTell(t *testing.T) {
	aws := &account{}
	server := testaws.Serve(t, aws.serve)
	text := strings.Replace(costHead, "ENDPOINT", server.URL, 1) + costPolicies(700)
	docs := load(t, text)
	b := newIdle(Options{}, docs)
	defer b.providers.use(nil)
	p, err := b.build(t.Context(), docs, &shard{})
	require.NoError(t, err)
	require.NotEmpty(t, p.Polls)
	for _, poll := range p.Polls {
		calls := poll.Source.(caller).Calls()
		_, err := poll.Source.Fetch(t.Context(), signals.Window{})
		require.NoError(t, err)
		require.ElementsMatch(t, said(calls.First, calls.Each), aws.took(), "at the start")
		_, err = poll.Source.Fetch(t.Context(), signals.Window{})
		require.NoError(t, err)
		require.ElementsMatch(t, said(calls.Each), aws.took())
	}
	require.NotEmpty(t, p.Looks)
	for _, look := range p.Looks {
		_, err := look.Source.Observe(t.Context())
		require.NoError(t, err)
		require.ElementsMatch(t, said(look.Source.(caller).Calls().Each), aws.took())
	}
	published := 0
	for _, s := range p.Sinks {
		sink, ok := s.Sink.(publisher)
		if !ok {
			continue
		}
		published++
		var ds []policy.Decision
		for _, of := range p.Spec.Policies {
			ds = append(ds, policy.Decision{Policy: of.ID, Desired: policy.Replicas(1), Expires: 1 << 62, Workload: policy.Workload{State: policy.WorkloadKnown}})
		}
		require.NoError(t, s.Sink.Publish(t.Context(), ds))
		require.ElementsMatch(t, said(sink.Calls(ds)), aws.took())
	}
	require.Equal(t, 2, published)
}

// TestUsage: what is shared is asked for once, and counted as often as it is polled.
func TestUsage(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	text := strings.Replace(costHead, "ENDPOINT", "http://127.0.0.1:1", 1) + costPolicies(700)
	u, err := Usage(t.Context(), Options{Documents: []config.File{{Name: "test.yaml", Data: []byte(text)}}})
	require.NoError(t, err)
	prices, err := cost.ReadPrices(cost.Table)
	require.NoError(t, err)
	e := cost.New(u, prices)
	perMinute := map[string]float64{}
	metrics := map[string]float64{}
	for _, r := range e.Calls {
		require.Equal(t, "eu-west-1", r.Region)
		perMinute[r.Operation], metrics[r.Operation] = r.CallsPerMinute, r.MetricsPerMinute
	}
	require.InDelta(t, 5*4, perMinute["GetQueueAttributes"], 1e-9, "five queues, each 15 s")
	require.InDelta(t, 70*4, perMinute["DescribeServices"], 1e-9, "700 services, ten a call, each 15 s")
	// Each minute seven metrics, two target groups with their sentinels in one call; each
	// 10 s seven averages and the total in one, and seven searches alone.
	require.InDelta(t, 1+6*(1+7), perMinute["GetMetricData"], 1e-9)
	require.InDelta(t, 7+4+6*(8+7), metrics["GetMetricData"], 1e-9)
	require.InDelta(t, 2+6*2, perMinute["PutMetricData"], 1e-9, "350 policies of three metrics are two requests")
	require.InDelta(t, 350*3+6*350*3, metrics["PutMetricData"], 1e-9)
	require.Equal(t, 2_100, e.Standing[0].Count)
	require.Equal(t, 1_400, e.Standing[1].Count, "two alarms each")
	require.Equal(t, []cost.Start{{Provider: "aws", Service: "SQS", Operation: "GetQueueUrl", Calls: 5}}, e.Starts)

	var ways []float64
	for _, c := range e.Compared {
		ways = append(ways, c.CallsPerMonth/43_200)
	}
	require.InDeltaSlice(t, []float64{
		20 + 49, 700 * (4 + 1 + 6 + 6 + 1), 700 * 5 * 6, // two of the 5 are read each 60 s
		280 + 14, 700*4 + 350 + 350*6,
	}, ways, 1e-6)
	require.Contains(t, e.Table(), "SEARCH")
}

// TestFloorsMakeTheCallsTheyTell: of services whose floor is down.
func TestFloorsMakeTheCallsTheyTell(t *testing.T) {
	aws := &account{}
	server := testaws.Serve(t, aws.serve)
	floors := strings.ReplaceAll(costPolicies(60), "publish: {", "publish: {ecs: {floor: {}}, ")
	text := strings.Replace(costHead, "ENDPOINT", server.URL, 1) + floors
	docs := load(t, text)
	b := newIdle(Options{}, docs)
	b.floors = ecssink.NewFloors(b.clock.Now)
	defer b.providers.use(nil)
	program, err := compile.Compile(docs.Policies)
	require.NoError(t, err)
	sinks, err := b.floorSinks(t.Context(), program)
	require.NoError(t, err)
	require.Len(t, sinks, 1)
	require.NoError(t, sinks[0].Sink.Publish(t.Context(), nil))
	calls, _ := ecssink.IdleCalls(60)
	require.Len(t, calls.Each, 4, "fifty services a look")
	require.ElementsMatch(t, said(calls.Each), aws.took())

	u, err := Usage(t.Context(), Options{Documents: []config.File{{Name: "test.yaml", Data: []byte(text)}}})
	require.NoError(t, err)
	perMinute := map[string]float64{}
	for _, r := range cost.New(u, cost.Prices{}).Calls {
		perMinute[r.Operation] = r.CallsPerMinute
	}
	require.InDelta(t, 2, perMinute["DescribeScalableTargets"], 1e-9, "once a minute")
	require.InDelta(t, 2, perMinute["DescribeScheduledActions"], 1e-9)
}

func TestUsageOfOthersThanAWS(t *testing.T) {
	docs := `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: prom}
spec: {prometheus: {url: "http://127.0.0.1:1"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: web, namespace: shop}
spec:
  workload: {deployment: {name: web}}
  replicas: {min: 1, max: 9}
  signals: [{name: rps, provider: prom, kind: Total, prometheus: {query: up}}]
  demand: [{name: traffic, perReplica: {signal: rps, amount: 10}}]
---
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {kubernetes: {namespace: scaler}}
`
	u, err := Usage(t.Context(), Options{Documents: []config.File{{Name: "test.yaml", Data: []byte(docs)}}})
	require.NoError(t, err)
	require.Empty(t, u.Uses)
	require.Equal(t, []string{"1 queries to other providers than AWS are not counted"}, u.Notes)
}

func TestShardsDoNotShare(t *testing.T) {
	ha := `---
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {kubernetes: {namespace: scaler}, highAvailability: {advertise: 127.0.0.1, shards: 4}}
`
	var b strings.Builder
	b.WriteString(strings.Replace(costHead, "ENDPOINT", "http://127.0.0.1:1", 1))
	for i := range 40 {
		fmt.Fprintf(&b, `---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: p%[1]d, namespace: shop}
spec:
  replicas: {min: 1, max: 9}
  signals: [{name: load, provider: aws, kind: Total, cloudWatch: {namespace: N, metric: m%[1]d, statistic: Sum}}]
  demand: [{name: traffic, perReplica: {signal: load, amount: 10}}]
`, i)
	}
	calls := func(text string) float64 {
		u, err := Usage(t.Context(), Options{Documents: []config.File{{Name: "test.yaml", Data: []byte(text)}}})
		require.NoError(t, err)
		return cost.New(u, cost.Prices{}).Calls[0].CallsPerMinute
	}
	require.InDelta(t, 1, calls(b.String()), 1e-9)
	require.InDelta(t, 4, calls(b.String()+ha), 1e-9, "a batch each")
}
