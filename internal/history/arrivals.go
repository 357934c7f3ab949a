package history

import (
	"fmt"
	"path"
	"slices"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals/prometheus"
)

const (
	namespaceSQS = "AWS/SQS"
	namespaceALB = "AWS/ApplicationELB"

	sent     = "NumberOfMessagesSent"
	visible  = "ApproximateNumberOfMessagesVisible"
	requests = "RequestCount"
)

// notOutside says why a signal is no traffic, and what is.
func notOutside(s *v1alpha1.Signal, instead string) error {
	return fmt.Errorf("signal %s depends on the replicas that ran then, so another policy would have met another: %s", s.Name, instead)
}

// arrivals is what arrives where a signal looks. It is sure of it, or takes the user's
// word.
func arrivals(s *v1alpha1.Signal) (c Column, sure bool, err error) {
	c = Column{Name: s.Name, Provider: s.Provider}
	switch {
	case s.SQS != nil:
		c.ofQueue(path.Base(s.SQS.Queue))
		return c, true, nil
	case s.ALB != nil:
		c.ofTargetGroup(*s.ALB)
		return c, true, nil
	case s.Kind == v1alpha1.KindPerReplica || s.ECS != nil:
		return c, false, notOutside(s, "name a signal of what arrives in all, such as requests a second")
	case s.CloudWatch != nil:
		return ofCloudWatch(c, s)
	case s.Prometheus != nil && prometheus.IsRate(s.Prometheus.Query):
		c.What, c.prometheus, c.freshFor = "a rate in Prometheus", s.Prometheus, s.FreshFor
		return c, true, nil
	case s.Prometheus != nil:
		return c, false, notOutside(s, "name a signal whose query is a rate of what arrives, as in sum(rate(http_requests_total[1m]))")
	}
	return c, false, fmt.Errorf("signal %s has no past to fetch: its source only answers for now", s.Name)
}

// ofQueue counts messages sent. A queue that is active has both of its metrics, so that
// where the backlog is known and the messages sent are not, there were none.
func (c *Column) ofQueue(queue string) {
	c.What, c.counts, c.above = "messages sent to queue "+queue, true, -1
	c.metrics = []v1alpha1.CloudWatchSignal{ofSQS(queue, sent, "Sum")}
	backlog := ofSQS(queue, visible, "Average")
	c.sentinel = &backlog
}

// ofTargetGroup counts requests, of which there is no datapoint while there are none:
// there were none where healthy targets were counted.
func (c *Column) ofTargetGroup(spec v1alpha1.ALBSignal) {
	c.What, c.counts = "requests to "+spec.TargetGroup, true
	c.metrics = []v1alpha1.CloudWatchSignal{ofALB(spec, requests, "Sum")}
	healthy := ofALB(spec, "HealthyHostCount", "Average")
	c.sentinel = &healthy
}

// ofCloudWatch takes a metric of traffic as it is; what is known to be none is refused.
func ofCloudWatch(c Column, s *v1alpha1.Signal) (Column, bool, error) {
	m := *s.CloudWatch
	c.metrics = []v1alpha1.CloudWatchSignal{m}
	c.counts = m.Expression == "" && slices.Contains([]string{"Sum", "SampleCount"}, m.Statistic)
	c.What = "CloudWatch " + m.Namespace + " " + m.Metric
	if m.Expression != "" {
		c.What = "an expression of CloudWatch, taken for what arrives in a second"
	}
	switch m.Namespace {
	case namespaceSQS:
		if m.Metric != sent {
			return c, false, notOutside(s, "name a signal of kind sqs, for which messages sent are fetched, or the metric "+sent)
		}
		return c, c.counts, nil
	case namespaceALB:
		if m.Metric != requests {
			return c, false, notOutside(s, "name a signal of kind alb, for which requests are fetched, or the metric "+requests)
		}
		return c, c.counts, nil
	case "AWS/ECS", "ECS/ContainerInsights":
		return c, false, notOutside(s, "name a signal of what arrives in all, such as requests a second")
	}
	return c, false, nil
}

// seen is a signal as it was.
func seen(s *v1alpha1.Signal) (Column, bool) {
	c := Column{Name: s.Name, Provider: s.Provider, What: "signal " + s.Name}
	switch {
	case s.SQS != nil:
		queue := path.Base(s.SQS.Queue)
		for _, count := range s.SQS.Count {
			c.metrics = append(c.metrics, ofSQS(queue, "ApproximateNumberOfMessages"+string(count), "Average"))
		}
		backlog := ofSQS(queue, visible, "Average")
		c.sentinel, c.above = &backlog, -1
	case s.ALB != nil:
		c.ofMeasure(*s.ALB)
	case s.ECS != nil:
		c.metrics = []v1alpha1.CloudWatchSignal{{CloudWatchMetric: v1alpha1.CloudWatchMetric{
			Namespace: "AWS/ECS", Metric: string(s.ECS.Metric), Statistic: "Average", Dimensions: serviceOf(s.ECS.Cluster, s.ECS.Service),
		}}}
	case s.CloudWatch != nil:
		c.metrics = []v1alpha1.CloudWatchSignal{*s.CloudWatch}
	case s.Prometheus != nil:
		c.prometheus, c.freshFor = s.Prometheus, s.FreshFor
	default:
		return c, false
	}
	return c, true
}

// ofMeasure is a measure of a target group as the signal has it.
func (c *Column) ofMeasure(spec v1alpha1.ALBSignal) {
	switch spec.Metric {
	case v1alpha1.RequestsPerSecond:
		c.metrics, c.counts = []v1alpha1.CloudWatchSignal{ofALB(spec, requests, "Sum")}, true
	case v1alpha1.RequestsPerTargetPerSecond:
		c.metrics, c.counts = []v1alpha1.CloudWatchSignal{ofALB(spec, "RequestCountPerTarget", "Sum")}, true
	case v1alpha1.ResponseTime:
		c.metrics = []v1alpha1.CloudWatchSignal{ofALB(spec, "TargetResponseTime", fmt.Sprintf("p%v", float64(spec.Percentile)))}
	}
}

// tasksOf is how many tasks of a service ran, where Container Insights is on.
func tasksOf(w v1alpha1.ECSWorkload) Column {
	return Column{
		Name: Replicas, Provider: w.Provider, What: "tasks of " + w.Cluster + "/" + w.Service,
		metrics: []v1alpha1.CloudWatchSignal{{CloudWatchMetric: v1alpha1.CloudWatchMetric{
			Namespace: "ECS/ContainerInsights", Metric: "RunningTaskCount", Statistic: "Average", Dimensions: serviceOf(w.Cluster, w.Service),
		}}},
	}
}

func serviceOf(cluster, service string) map[string]string {
	return map[string]string{"ClusterName": cluster, "ServiceName": service}
}

func ofSQS(queue, metric, statistic string) v1alpha1.CloudWatchSignal {
	return v1alpha1.CloudWatchSignal{CloudWatchMetric: v1alpha1.CloudWatchMetric{
		Namespace: namespaceSQS, Metric: metric, Statistic: statistic, Dimensions: map[string]string{"QueueName": queue},
	}}
}

func ofALB(spec v1alpha1.ALBSignal, metric, statistic string) v1alpha1.CloudWatchSignal {
	return v1alpha1.CloudWatchSignal{CloudWatchMetric: v1alpha1.CloudWatchMetric{
		Namespace: namespaceALB, Metric: metric, Statistic: statistic,
		Dimensions: map[string]string{"LoadBalancer": spec.LoadBalancer, "TargetGroup": spec.TargetGroup},
	}}
}
