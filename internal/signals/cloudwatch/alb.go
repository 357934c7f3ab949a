package cloudwatch

import (
	"strconv"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

const namespaceALB = "AWS/ApplicationELB"

// setALB turns a measure of a target group into metrics: sums over a minute, which
// are divided by its seconds, and percentiles, which are seconds already.
func (u *unit) setALB(spec v1alpha1.ALBSignal) {
	of := func(name, statistic string) metric {
		return newMetric("", v1alpha1.CloudWatchMetric{
			Namespace: namespaceALB, Metric: name, Statistic: statistic,
			Dimensions: map[string]string{"LoadBalancer": spec.LoadBalancer, "TargetGroup": spec.TargetGroup},
		})
	}
	if spec.Metric == v1alpha1.ResponseTime {
		percentile := strconv.FormatFloat(float64(spec.Percentile), 'f', -1, 64)
		u.metrics = []metric{of("TargetResponseTime", "p"+percentile)}
		return
	}
	name := "RequestCount"
	if spec.Metric == v1alpha1.RequestsPerTargetPerSecond {
		name = "RequestCountPerTarget"
	}
	healthy := of("HealthyHostCount", "Average")
	u.metrics, u.sentinel, u.divisor = []metric{of(name, "Sum")}, &healthy, defaultPeriod.Seconds()
}
