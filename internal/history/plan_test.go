package history_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/history"
)

func queue(name string) v1alpha1.Signal {
	return v1alpha1.Signal{Name: name, Provider: "aws", SignalSource: v1alpha1.SignalSource{
		SQS: &v1alpha1.SQSSignal{Queue: "https://sqs.us-east-1.amazonaws.com/1/" + name, Count: []v1alpha1.SQSCount{v1alpha1.CountVisible, v1alpha1.CountNotVisible}},
	}}
}

func alb(name string, m v1alpha1.ALBMetric) v1alpha1.Signal {
	return v1alpha1.Signal{Name: name, Provider: "aws", SignalSource: v1alpha1.SignalSource{
		ALB: &v1alpha1.ALBSignal{LoadBalancer: "app/web/1", TargetGroup: "targetgroup/web/2", Metric: m, Percentile: 95},
	}}
}

func metric(name, namespace, metric, statistic string) v1alpha1.Signal {
	return v1alpha1.Signal{Name: name, Provider: "aws", Kind: v1alpha1.KindTotal, SignalSource: v1alpha1.SignalSource{
		CloudWatch: &v1alpha1.CloudWatchSignal{CloudWatchMetric: v1alpha1.CloudWatchMetric{Namespace: namespace, Metric: metric, Statistic: statistic}},
	}}
}

func promQL(name, query string, kind v1alpha1.SignalKind) v1alpha1.Signal {
	return v1alpha1.Signal{Name: name, Provider: "prom", Kind: kind, FreshFor: v1alpha1.Duration{Duration: time.Minute}, SignalSource: v1alpha1.SignalSource{
		Prometheus: &v1alpha1.PrometheusSignal{Query: query},
	}}
}

func polled(name string) v1alpha1.Signal {
	return v1alpha1.Signal{Name: name, Provider: "web", Kind: v1alpha1.KindTotal, SignalSource: v1alpha1.SignalSource{HTTP: &v1alpha1.HTTPSignal{}}}
}

func policyOf(signals ...v1alpha1.Signal) *v1alpha1.ScalingPolicy {
	return &v1alpha1.ScalingPolicy{Spec: v1alpha1.ScalingPolicySpec{Signals: signals}}
}

func TestPlan(t *testing.T) {
	rate := "sum(rate(http_requests_total[1m]))"
	for name, tt := range map[string]struct {
		policy            *v1alpha1.ScalingPolicy
		traffic, replicas string
		bind              map[string]v1alpha1.Quantity

		what string
		seen []string
		err  string
	}{
		"a queue":                       {policy: policyOf(queue("orders")), what: "messages sent to queue orders", seen: []string{"orders"}},
		"one queue, twice":              {policy: policyOf(queue("orders"), queue("orders")), what: "messages sent to queue orders", seen: []string{"orders", "orders"}},
		"two queues":                    {policy: policyOf(queue("orders"), queue("other")), err: "(orders, other): name one with --traffic"},
		"two queues, one named":         {policy: policyOf(queue("orders"), queue("other")), traffic: "other", what: "messages sent to queue other", seen: []string{"orders", "other"}},
		"requests":                      {policy: policyOf(alb("web", v1alpha1.RequestsPerSecond)), what: "requests to targetgroup/web/2"},
		"requests by latency":           {policy: policyOf(alb("p95", v1alpha1.ResponseTime)), what: "requests to targetgroup/web/2", seen: []string{"p95"}},
		"a rate":                        {policy: policyOf(promQL("rps", rate, v1alpha1.KindTotal)), what: "a rate in Prometheus"},
		"a rate and replicas":           {policy: policyOf(promQL("rps", rate, v1alpha1.KindTotal), promQL("pods", "sum(x)", v1alpha1.KindTotal)), replicas: "pods", what: "a rate in Prometheus", seen: []string{"replicas"}},
		"a level":                       {policy: policyOf(promQL("backlog", "sum(queue_length)", v1alpha1.KindTotal)), err: "signal backlog depends on the replicas that ran then, so another policy would have met another: name a signal whose query is a rate"},
		"a latency":                     {policy: policyOf(promQL("p95", "histogram_quantile(0.95, sum by (le) (rate(x_bucket[1m])))", v1alpha1.KindTotal)), err: "depends on the replicas"},
		"a rate a replica":              {policy: policyOf(promQL("each", "avg(rate(x[1m]))", v1alpha1.KindPerReplica)), err: "name a signal of what arrives in all"},
		"a backlog of CloudWatch":       {policy: policyOf(metric("backlog", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Average")), traffic: "backlog", err: "depends on the replicas that ran then, so another policy would have met another: name a signal of kind sqs"},
		"messages sent":                 {policy: policyOf(metric("sent", "AWS/SQS", "NumberOfMessagesSent", "Sum")), what: "CloudWatch AWS/SQS NumberOfMessagesSent"},
		"a metric of one's own":         {policy: policyOf(metric("mine", "Shop", "Orders", "Sum")), err: "signal mine could be anything: name it with --traffic if"},
		"a metric of one's own, named":  {policy: policyOf(metric("mine", "Shop", "Orders", "Sum")), traffic: "mine", what: "CloudWatch Shop Orders"},
		"bound":                         {policy: policyOf(metric("mine", "Shop", "Orders", "Sum"), queue("q")), bind: map[string]v1alpha1.Quantity{"mine": v1alpha1.Arrivals}, what: "CloudWatch Shop Orders", seen: []string{"q"}},
		"over HTTP":                     {policy: policyOf(polled("http")), err: "signal http has no past to fetch"},
		"over HTTP, beside":             {policy: policyOf(queue("q"), polled("http")), what: "messages sent to queue q", seen: []string{"q"}},
		"a signal that there is not":    {policy: policyOf(queue("q")), traffic: "p", err: `no signal "p"; its signals are q`},
		"replicas that there are not":   {policy: policyOf(queue("q")), replicas: "p", err: `no signal "p"; its signals are q`},
		"no signal at all":              {policy: policyOf(), err: "the policy has no signal"},
		"a load balancer's other count": {policy: policyOf(metric("x", "AWS/ApplicationELB", "TargetResponseTime", "Average")), err: "name a signal of kind alb"},
	} {
		t.Run(name, func(t *testing.T) {
			var doc *v1alpha1.Replay
			if tt.bind != nil {
				doc = &v1alpha1.Replay{Spec: v1alpha1.ReplaySpec{Bind: tt.bind}}
			}
			got, err := history.NewPlan(tt.policy, doc, tt.traffic, tt.replicas)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.what, got.Traffic.What)
			var seen []string
			for _, c := range got.Seen {
				seen = append(seen, c.Name)
			}
			require.Equal(t, tt.seen, seen)
		})
	}
}

var now = time.Date(2026, 11, 20, 12, 0, 30, 0, time.UTC)

func TestWindow(t *testing.T) {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		signal   v1alpha1.Signal
		from, to time.Time
		step     time.Duration
		want     history.Window
		err      string
	}{
		"a day":               {signal: queue("q"), from: ago(day), to: ago(time.Hour), want: history.Window{From: now.Add(-day + 30*time.Second), To: now.Add(-time.Hour - 30*time.Second), Step: time.Minute}},
		"twenty days":         {signal: queue("q"), from: ago(20 * day), to: ago(0), want: history.Window{From: now.Add(-20*day + 270*time.Second), To: now.Add(-30 * time.Second), Step: 5 * time.Minute}},
		"a hundred":           {signal: queue("q"), from: ago(100*day + 30*time.Second), to: ago(30 * time.Second), want: history.Window{From: ago(100*day + 30*time.Second), To: ago(30 * time.Second), Step: time.Hour}},
		"two years":           {signal: queue("q"), from: ago(730 * day), to: ago(0), err: "keeps nothing for longer than 455 days, and the begin is 730 days ago"},
		"too fine":            {signal: queue("q"), from: ago(20 * day), to: ago(0), step: time.Minute, err: "CloudWatch has datapoints of 5m as far back as 2026-10-31T12:00:30Z: the step 1m must be"},
		"seconds":             {signal: queue("q"), from: ago(day), to: ago(0), step: 10 * time.Second, err: "CloudWatch has datapoints of 1m"},
		"seconds, Prometheus": {signal: promQL("p", "rate(x[1m])", v1alpha1.KindTotal), from: ago(time.Minute), to: ago(0), step: 10 * time.Second, want: history.Window{From: ago(time.Minute), To: now, Step: 10 * time.Second}},
		"milliseconds":        {signal: promQL("p", "rate(x[1m])", v1alpha1.KindTotal), from: ago(time.Minute), to: ago(0), step: 1500 * time.Millisecond, err: "must be whole seconds"},
		"the future":          {signal: queue("q"), from: ago(day), to: ago(-time.Hour), err: "is in the future"},
		"backwards":           {signal: queue("q"), from: ago(time.Hour), to: ago(day), err: "there are not two steps of 1m"},
		"too many":            {signal: promQL("p", "rate(x[1m])", v1alpha1.KindTotal), from: ago(300 * day), to: ago(0), step: time.Second, err: "are more than 1000000: take a longer step"},
		"one step":            {signal: queue("q"), from: ago(90 * time.Second), to: ago(30 * time.Second), err: "there are not two steps"},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := history.NewPlan(policyOf(tt.signal), nil, "", "")
			require.NoError(t, err)
			got, err := history.NewWindow(plan, tt.from, tt.to, now, tt.step)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}
