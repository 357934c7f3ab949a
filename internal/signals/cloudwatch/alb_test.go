package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

func alb(m v1alpha1.ALBMetric) cloudwatch.Query {
	q := cloudwatch.Query{
		Subject: signals.Subject{Provider: "aws", Query: string(m)},
		ALB:     &v1alpha1.ALBSignal{LoadBalancer: "app/web/1", TargetGroup: "targetgroup/orders/2", Metric: m},
	}
	if m == v1alpha1.ResponseTime {
		q.ALB.Percentile = 99.9
	}
	return q
}

func TestALB(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	values := map[string]float64{"RequestCount": 1200, "RequestCountPerTarget": 600, "TargetResponseTime": 0.25, "HealthyHostCount": 2}
	c.Read = constant(func(q testaws.Query) float64 { return values[q.Metric] })
	perSecond, perTarget, latency := alb(v1alpha1.RequestsPerSecond), alb(v1alpha1.RequestsPerTargetPerSecond), alb(v1alpha1.ResponseTime)
	got := fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), []cloudwatch.Query{perSecond, perTarget, latency}))
	require.Equal(t, sample(perSecond, end, 20), got[perSecond.Subject.Query])
	require.Equal(t, sample(perTarget, end, 10), got[perTarget.Subject.Query])
	require.Equal(t, sample(latency, end, 0.25), got[latency.Subject.Query])

	require.Len(t, c.Reads(), 1)
	statistics := map[string]string{}
	for _, q := range c.Reads()[0].Queries {
		statistics[q.Metric] = q.Statistic
		require.Equal(t, "AWS/ApplicationELB", q.Namespace)
		require.Equal(t, 60, q.Period)
		require.Equal(t, map[string]string{"LoadBalancer": "app/web/1", "TargetGroup": "targetgroup/orders/2"}, q.Dimensions)
	}
	require.Len(t, c.Reads()[0].Queries, 4, "the sentinel is shared")
	require.Equal(t, map[string]string{
		"RequestCount": "Sum", "RequestCountPerTarget": "Sum", "TargetResponseTime": "p99.9", "HealthyHostCount": "Average",
	}, statistics)
}

func TestSentinel(t *testing.T) {
	requests, latency := alb(v1alpha1.RequestsPerSecond), alb(v1alpha1.ResponseTime)
	old := testaws.Series{Times: []time.Time{end.Add(-3 * time.Minute)}, Values: []float64{2}}
	for name, tt := range map[string]struct {
		healthy testaws.Series
		want    *signals.Sentinel
	}{
		"healthy":     {constant(func(testaws.Query) float64 { return 2 })(testaws.Query{}), &signals.Sentinel{At: end}},
		"at its time": {old, &signals.Sentinel{At: end.Add(-2 * time.Minute)}},
		"unhealthy":   {constant(func(testaws.Query) float64 { return 0 })(testaws.Query{}), nil},
		"absent too":  {testaws.Series{}, nil},
		"partial":     {testaws.Series{Times: old.Times, Values: old.Values, Status: "PartialData"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			c.Read = func(q testaws.Query) testaws.Series {
				if q.Metric == "HealthyHostCount" {
					return tt.healthy
				}
				return testaws.Series{}
			}
			got := fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), []cloudwatch.Query{requests, latency}))
			want := absence(requests)
			want.Sentinel = tt.want
			require.Equal(t, want, got[requests.Subject.Query])
			require.Equal(t, absence(latency), got[latency.Subject.Query], "no latency is never zero")
		})
	}
}
