package history_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/history"
	"github.com/scaler-dev/scaler/internal/testaws"
)

var begin = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func hour(minutes int) history.Window {
	return history.Window{From: begin, To: begin.Add(time.Duration(minutes) * time.Minute), Step: time.Minute}
}

func settings(spec v1alpha1.AWSProvider) history.Settings {
	return history.Settings{
		Providers: map[string]*v1alpha1.SignalProvider{"aws": {Spec: v1alpha1.SignalProviderSpec{Connection: v1alpha1.Connection{AWS: &spec}}}},
		Pause:     func(context.Context, time.Duration) {},
	}
}

// at are datapoints, a minute each; a negative one is none.
func at(values ...float64) testaws.Series {
	var s testaws.Series
	for i, v := range values {
		if v >= 0 {
			s.Times, s.Values = append(s.Times, begin.Add(time.Duration(i)*time.Minute)), append(s.Values, v)
		}
	}
	return s
}

func fetched(t *testing.T, c *testaws.CloudWatch, minutes int, p *v1alpha1.ScalingPolicy) (traffic, seen string, past *history.Past) {
	t.Helper()
	testaws.Env(t)
	plan, err := history.NewPlan(p, nil, "", "")
	require.NoError(t, err)
	w := hour(minutes)
	past, err = history.Fetch(t.Context(), settings(c.Provider("")), plan, w)
	require.NoError(t, err)
	return string(past.TrafficCSV(w)), string(past.SeenCSV(plan.Seen, w)), past
}

// TestQueue: no datapoint is zero only where the queue's backlog is known.
func TestQueue(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = func(q testaws.Query) testaws.Series {
		require.Equal(t, "AWS/SQS", q.Namespace)
		require.Equal(t, map[string]string{"QueueName": "orders"}, q.Dimensions)
		require.Equal(t, 60, q.Period)
		switch q.Metric {
		case "NumberOfMessagesSent":
			require.Equal(t, "Sum", q.Statistic)
			return at(60, -1, -1, 0, 90)
		case "ApproximateNumberOfMessagesVisible":
			return at(5, 0, -1, 7, -1)
		}
		return at(2, -1, -1, 1, 1)
	}
	traffic, seen, past := fetched(t, c, 6, policyOf(queue("orders")))
	require.Equal(t, `timestamp,value
2026-11-20T00:00:00Z,1
2026-11-20T00:01:00Z,0
2026-11-20T00:03:00Z,0
2026-11-20T00:04:00Z,1.5
`, traffic)
	require.Equal(t, `timestamp,seen.orders
2026-11-20T00:00:00Z,7
2026-11-20T00:01:00Z,0
2026-11-20T00:02:00Z,
2026-11-20T00:03:00Z,8
2026-11-20T00:04:00Z,
2026-11-20T00:05:00Z,
`, seen)
	require.Empty(t, past.Faults)
	for _, r := range c.Reads() {
		require.Equal(t, begin, r.Start)
		require.Equal(t, begin.Add(6*time.Minute), r.End)
	}
}

// TestLoadBalancer: no datapoint is zero only while targets were healthy.
func TestLoadBalancer(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = func(q testaws.Query) testaws.Series {
		switch q.Metric {
		case "RequestCount":
			return at(600, -1, -1, -1)
		case "HealthyHostCount":
			return at(2, 2, 0, -1)
		}
		return at(0.2, -1, -1, -1)
	}
	p := policyOf(alb("rps", v1alpha1.RequestsPerSecond), alb("p95", v1alpha1.ResponseTime))
	p.Spec.Workload = &v1alpha1.Workload{ECS: &v1alpha1.ECSWorkload{Provider: "aws", Cluster: "prod", Service: "web"}}
	traffic, seen, past := fetched(t, c, 4, p)
	require.Equal(t, "timestamp,value\n2026-11-20T00:00:00Z,10\n2026-11-20T00:01:00Z,0\n", traffic)
	require.Contains(t, seen, "timestamp,seen.p95,seen.replicas\n2026-11-20T00:00:00Z,0.2,0.2\n2026-11-20T00:01:00Z,,\n")
	require.Empty(t, past.Faults)
}

// TestLongWindows are fetched in parts, each once.
func TestLongWindows(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = func(testaws.Query) testaws.Series { return at(60) }
	plan, err := history.NewPlan(policyOf(alb("rps", v1alpha1.RequestsPerSecond)), nil, "", "")
	require.NoError(t, err)
	testaws.Env(t)
	s := settings(c.Provider(""))
	var shares []float64
	s.Progress = func(share float64) { shares = append(shares, share) }
	_, err = history.Fetch(t.Context(), s, plan, hour(3*1440+7))
	require.NoError(t, err)
	require.Equal(t, []float64{0.25, 0.5, 0.75, 1}, shares)
	next := begin
	for _, r := range c.Reads() {
		require.Equal(t, next, r.Start)
		next = r.End
	}
	require.Equal(t, begin.Add((3*1440+7)*time.Minute), next)
}

func TestFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		code  string
		times int
		calls int
		err   string
	}{
		"for a while":   {"Throttling", 2, 3, ""},
		"for too long":  {"Throttling", 9, 3, "throttled"},
		"for good":      {"AccessDenied", 9, 1, "auth"},
		"its own fault": {"InternalServiceFault", 1, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			testaws.Env(t)
			c := testaws.StartCloudWatch(t)
			c.Read = func(testaws.Query) testaws.Series { return at(60, 60) }
			left := tt.times
			c.Fail = func(string) (int, string) {
				if left--; left >= 0 {
					return 400, tt.code
				}
				return 0, ""
			}
			plan, err := history.NewPlan(policyOf(alb("rps", v1alpha1.RequestsPerSecond)), nil, "", "")
			require.NoError(t, err)
			_, err = history.Fetch(t.Context(), settings(c.Provider("")), plan, hour(2))
			require.Equal(t, tt.calls, c.Calls("GetMetricData"))
			if tt.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "fetch requests to targetgroup/web/2: "+tt.err)
			require.NotContains(t, err.Error(), "123456789012")
		})
	}
}

// TestBadAnswers are never a number.
func TestBadAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		series testaws.Series
		err    string
	}{
		"none at all": {testaws.Series{}, "there is not one datapoint"},
		"partial":     {testaws.Series{Times: at(1).Times, Values: []float64{1}, Status: "PartialData"}, "partial"},
		"forbidden":   {testaws.Series{Status: "Forbidden"}, "denies access"},
		"unequal":     {testaws.Series{Times: at(1).Times, Values: []float64{1, 2}}, "unequal number"},
		"not finite":  {testaws.Series{Times: at(1).Times, Values: []float64{inf()}}, "not a finite number"},
	} {
		t.Run(name, func(t *testing.T) {
			testaws.Env(t)
			c := testaws.StartCloudWatch(t)
			c.Read = func(testaws.Query) testaws.Series { return tt.series }
			plan, err := history.NewPlan(policyOf(metric("sent", "AWS/SQS", "NumberOfMessagesSent", "Sum")), nil, "", "")
			require.NoError(t, err)
			_, err = history.Fetch(t.Context(), settings(c.Provider("")), plan, hour(2))
			require.ErrorContains(t, err, tt.err)
		})
	}
}

func inf() float64 {
	zero := 0.0
	return 1 / zero
}

// TestWhatIsOnlyLookedAtMayFail.
func TestWhatIsOnlyLookedAtMayFail(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = func(q testaws.Query) testaws.Series {
		switch q.Metric {
		case "CPUUtilization":
			return testaws.Series{Status: "Forbidden"}
		case "RunningTaskCount":
			return testaws.Series{}
		}
		return at(60, 60)
	}
	p := policyOf(alb("rps", v1alpha1.RequestsPerSecond), v1alpha1.Signal{
		Name: "cpu", Provider: "aws", SignalSource: v1alpha1.SignalSource{ECS: &v1alpha1.ECSSignal{Metric: v1alpha1.ECSCPUUtilization, Cluster: "prod", Service: "web"}},
	}, polled("http"))
	p.Spec.Workload = &v1alpha1.Workload{ECS: &v1alpha1.ECSWorkload{Provider: "aws", Cluster: "prod", Service: "web"}}
	_, seen, past := fetched(t, c, 2, p)
	require.Equal(t, "timestamp,seen.cpu,seen.replicas\n2026-11-20T00:00:00Z,,\n2026-11-20T00:01:00Z,,\n", seen)
	require.Equal(t, []string{
		"signal cpu is left out: auth: CloudWatch denies access to the metric",
		"tasks of prod/web is empty: there is not one datapoint",
	}, past.Faults)
}

// TestMoto fetches what another client has put.
func TestMoto(t *testing.T) {
	m := testaws.Start(t)
	from := time.Now().UTC().Truncate(time.Minute).Add(-10 * time.Minute)
	for i, value := range []string{"120", "60", "", "30"} {
		if value == "" {
			continue
		}
		m.CLI(t, "cloudwatch", "put-metric-data", "--namespace", "Past", "--metric-name", "Orders", "--value", value,
			"--timestamp", from.Add(time.Duration(i)*time.Minute+5*time.Second).Format(time.RFC3339))
	}
	plan, err := history.NewPlan(policyOf(metric("mine", "Past", "Orders", "Sum")), nil, "mine", "")
	require.NoError(t, err)
	w := history.Window{From: from, To: from.Add(5 * time.Minute), Step: time.Minute}
	past, err := history.Fetch(t.Context(), settings(m.Provider()), plan, w)
	require.NoError(t, err)
	require.Equal(t, history.Series{from: 2, from.Add(time.Minute): 1, from.Add(3 * time.Minute): 0.5}, past.Traffic)
}
