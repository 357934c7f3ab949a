package cloudwatch

import "github.com/scaler-dev/scaler/api/v1alpha1"

const namespaceECS = "AWS/ECS"

// ofService is the metric of a measure of a service: the same that a signal of kind
// cloudWatch would name, so that both are asked for once.
func ofService(spec v1alpha1.ECSSignal) metric {
	return newMetric("", v1alpha1.CloudWatchMetric{
		Namespace: namespaceECS, Metric: string(spec.Metric), Statistic: defaultStatistic,
		Dimensions: map[string]string{"ClusterName": spec.Cluster, "ServiceName": spec.Service},
	})
}
