package cloudwatch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

func ofService(name string, m v1alpha1.ECSMetric) cloudwatch.Query {
	return cloudwatch.Query{
		Subject: signals.Subject{Provider: "aws", Query: name},
		ECS:     &v1alpha1.ECSSignal{Metric: m, Cluster: "prod", Service: "web"},
	}
}

func TestECS(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	values := map[string]float64{"CPUUtilization": 71.5, "MemoryUtilization": 40}
	c.Read = constant(func(q testaws.Query) float64 { return values[q.Metric] })
	cpu, memory := ofService("cpu", v1alpha1.ECSCPUUtilization), ofService("memory", v1alpha1.ECSMemoryUtilization)
	written := cloudwatch.Query{
		Subject: signals.Subject{Provider: "aws", Query: "written out"},
		CloudWatch: &v1alpha1.CloudWatchSignal{CloudWatchMetric: v1alpha1.CloudWatchMetric{
			Namespace: "AWS/ECS", Metric: "CPUUtilization", Statistic: "Average",
			Dimensions: map[string]string{"ServiceName": "web", "ClusterName": "prod"},
		}},
	}
	got := fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), []cloudwatch.Query{cpu, memory, written}))
	require.Equal(t, sample(cpu, end, 71.5), got["cpu"])
	require.Equal(t, sample(memory, end, 40), got["memory"])
	require.Equal(t, sample(written, end, 71.5), got["written out"])

	require.Len(t, c.Reads(), 1)
	require.Len(t, c.Reads()[0].Queries, 2, "the metric that is written out is the same")
	for _, q := range c.Reads()[0].Queries {
		require.Equal(t, "AWS/ECS", q.Namespace)
		require.Equal(t, "Average", q.Statistic)
		require.Equal(t, 60, q.Period)
		require.Equal(t, map[string]string{"ClusterName": "prod", "ServiceName": "web"}, q.Dimensions)
	}
}

func TestNoUseOfAServiceIsNeverZero(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = func(testaws.Query) testaws.Series { return testaws.Series{} }
	cpu := ofService("cpu", v1alpha1.ECSCPUUtilization)
	got := fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), []cloudwatch.Query{cpu}))
	require.Equal(t, absence(cpu), got["cpu"])
}
