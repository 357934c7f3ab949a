package attach

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/sinks/cloudwatch"
)

const (
	tracking = string(types.PolicyTypeTargetTrackingScaling)
	// balance is the value at which what is ordered is what was decided.
	balance = 100
)

// mathPrefix begins the fields of metric math.
const mathPrefix = "math "

// division is 100 × decided ÷ ordered, and no division by a service of no tasks.
const division = "IF(ordered > 0, 100 * decided / ordered, 100 * decided)"

// configuration is the target-tracking policy that a document wants.
func configuration(w Want) *types.TargetTrackingScalingPolicyConfiguration {
	c := &types.TargetTrackingScalingPolicyConfiguration{
		TargetValue:      aws.Float64(balance),
		ScaleOutCooldown: &w.ScaleOut, ScaleInCooldown: &w.ScaleIn, DisableScaleIn: &w.NoScaleIn,
	}
	if w.Math {
		c.CustomizedMetricSpecification = &types.CustomizedMetricSpecification{Metrics: []types.TargetTrackingMetricDataQuery{
			query("decided", w.Namespace, cloudwatch.DesiredReplicas, dimensions(w.Policy)),
			query("ordered", "ECS/ContainerInsights", "DesiredTaskCount", [][2]string{{"ClusterName", w.Cluster}, {"ServiceName", w.Service}}),
			{Id: aws.String("utilization"), Expression: aws.String(division), Label: aws.String(cloudwatch.Utilization), ReturnData: aws.Bool(true)},
		}}
		return c
	}
	c.CustomizedMetricSpecification = &types.CustomizedMetricSpecification{
		Namespace: &w.Namespace, MetricName: aws.String(cloudwatch.Utilization), Statistic: types.MetricStatisticAverage,
	}
	for _, d := range dimensions(w.Policy) {
		c.CustomizedMetricSpecification.Dimensions = append(c.CustomizedMetricSpecification.Dimensions, types.MetricDimension{Name: &d[0], Value: &d[1]})
	}
	return c
}

// dimensions are those that the sink publishes with.
func dimensions(id policy.ID) [][2]string {
	return [][2]string{{"Namespace", id.Namespace}, {"Policy", id.Name}}
}

func query(id, namespace, metric string, dimensions [][2]string) types.TargetTrackingMetricDataQuery {
	m := &types.TargetTrackingMetric{Namespace: &namespace, MetricName: &metric}
	for _, d := range dimensions {
		m.Dimensions = append(m.Dimensions, types.TargetTrackingMetricDimension{Name: &d[0], Value: &d[1]})
	}
	return types.TargetTrackingMetricDataQuery{
		Id: &id, ReturnData: aws.Bool(false),
		MetricStat: &types.TargetTrackingMetricStat{Metric: m, Stat: aws.String("Average")},
	}
}

// fields tells all of a configuration: two that have the same fields do the same.
func fields(c *types.TargetTrackingScalingPolicyConfiguration) []Field {
	if c == nil {
		return nil
	}
	out := []Field{{"target", strconv.FormatFloat(aws.ToFloat64(c.TargetValue), 'g', -1, 64)}}
	if m := c.CustomizedMetricSpecification; m != nil {
		out = append(out, customized(m)...)
	}
	if m := c.PredefinedMetricSpecification; m != nil {
		out = append(out, Field{"metric", strings.TrimSpace(string(m.PredefinedMetricType) + " " + aws.ToString(m.ResourceLabel))})
	}
	scaleIn := "on"
	if aws.ToBool(c.DisableScaleIn) {
		scaleIn = "off"
	}
	return append(out, Field{"cooldown out", cooldown(c.ScaleOutCooldown)}, Field{"cooldown in", cooldown(c.ScaleInCooldown)}, Field{"scale-in", scaleIn})
}

// cooldown without a number is AWS's default.
func cooldown(s *int32) string {
	if s == nil {
		return "default"
	}
	return fmt.Sprintf("%d s", *s)
}

func customized(m *types.CustomizedMetricSpecification) []Field {
	if len(m.Metrics) > 0 {
		return mathematics(m.Metrics)
	}
	var names [][2]string
	for _, d := range m.Dimensions {
		names = append(names, [2]string{aws.ToString(d.Name), aws.ToString(d.Value)})
	}
	out := []Field{{"metric", metric(m.Namespace, m.MetricName, names)}, {"statistic", string(m.Statistic)}}
	if m.Unit != nil {
		out = append(out, Field{"unit", *m.Unit})
	}
	return out
}

func mathematics(queries []types.TargetTrackingMetricDataQuery) []Field {
	var out []Field
	for _, q := range queries {
		value := aws.ToString(q.Expression)
		if s := q.MetricStat; s != nil && s.Metric != nil {
			var names [][2]string
			for _, d := range s.Metric.Dimensions {
				names = append(names, [2]string{aws.ToString(d.Name), aws.ToString(d.Value)})
			}
			value = strings.TrimSpace(aws.ToString(s.Stat) + " of " + metric(s.Metric.Namespace, s.Metric.MetricName, names) + " " + aws.ToString(s.Unit))
		}
		if q.ReturnData == nil || *q.ReturnData {
			value += ", which is followed"
		}
		out = append(out, Field{mathPrefix + aws.ToString(q.Id), value})
	}
	slices.SortFunc(out, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// metric is namespace/name of its dimensions.
func metric(namespace, name *string, dimensions [][2]string) string {
	parts := make([]string, len(dimensions))
	for i, d := range dimensions {
		parts[i] = d[0] + "=" + d[1]
	}
	slices.Sort(parts)
	return aws.ToString(namespace) + "/" + aws.ToString(name) + "{" + strings.Join(parts, ",") + "}"
}
