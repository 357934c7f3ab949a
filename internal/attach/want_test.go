package attach

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

func withoutCooldown(w Want) *types.TargetTrackingScalingPolicyConfiguration {
	c := configuration(w)
	c.ScaleInCooldown = nil
	return c
}

// TestSameMetric holds what is followed to what is published, by name, namespace and
// dimensions.
func TestSameMetric(t *testing.T) {
	server := testaws.StartCloudWatch(t)
	sink := cloudwatch.New(testaws.NewProvider(t, server.Provider("")), cloudwatch.Settings{
		Namespace: "Scaler", Period: time.Minute, Mono: func() time.Duration { return time.Hour },
	}, []cloudwatch.Policy{{ID: orders.Policy}})
	require.NoError(t, sink.Publish(t.Context(), []policy.Decision{{
		Policy: orders.Policy, At: signals.Instant{Wall: time.Now(), Mono: time.Hour}, Desired: policy.Replicas(6),
		Workload: policy.Workload{State: policy.WorkloadKnown, Ordered: 4}, DataAt: time.Now(), Expires: 2 * time.Hour,
	}}))
	published := map[string]testaws.Datum{}
	for _, d := range server.Datums() {
		published[d.Metric] = d
	}

	m := configuration(want()).CustomizedMetricSpecification
	followed := published[*m.MetricName]
	require.Equal(t, *m.Namespace, followed.Namespace)
	have := map[string]string{}
	for _, d := range m.Dimensions {
		have[*d.Name] = *d.Value
	}
	require.Equal(t, followed.Dimensions, have)
	require.Nil(t, m.Unit, "of whatever unit")
	require.Equal(t, types.MetricStatisticAverage, m.Statistic)

	divided := configuration(want(func(w *Want) { w.Math = true })).CustomizedMetricSpecification
	require.Equal(t, published[*divided.Metrics[0].MetricStat.Metric.MetricName].Namespace, *divided.Metrics[0].MetricStat.Metric.Namespace)
	for _, d := range divided.Metrics[0].MetricStat.Metric.Dimensions {
		require.Equal(t, followed.Dimensions[*d.Name], *d.Value)
	}
	returned := 0
	for _, q := range divided.Metrics {
		if aws.ToBool(q.ReturnData) {
			returned++
		}
	}
	require.Equal(t, 1, returned, "one series is followed")
	require.Nil(t, divided.MetricName)
}

func document(change func(p *v1alpha1.ScalingPolicy)) *v1alpha1.ScalingPolicy {
	p := &v1alpha1.ScalingPolicy{
		Metadata: v1alpha1.ObjectMeta{Namespace: "shop", Name: "orders"},
		Spec: v1alpha1.ScalingPolicySpec{
			Workload: &v1alpha1.Workload{ECS: &v1alpha1.ECSWorkload{Provider: "aws", Cluster: "prod", Service: "orders-svc"}},
			Replicas: v1alpha1.ReplicaRange{Min: 1, Max: 50},
			ScaleOut: &v1alpha1.ScalingRules{Stabilization: &v1alpha1.Duration{}},
			ScaleIn:  &v1alpha1.ScalingRules{Stabilization: &v1alpha1.Duration{Duration: 5 * time.Minute}},
			Publish:  &v1alpha1.Publish{CloudWatch: &v1alpha1.CloudWatchSink{Provider: "aws", Namespace: "Scaler"}},
		},
	}
	change(p)
	return p
}

func TestWantOf(t *testing.T) {
	providers := map[string]*v1alpha1.SignalProvider{}
	for name, region := range map[string]string{"aws": "eu-west-1", "same": "eu-west-1", "far": "us-east-1"} {
		providers[name] = &v1alpha1.SignalProvider{Spec: v1alpha1.SignalProviderSpec{Connection: v1alpha1.Connection{AWS: &v1alpha1.AWSProvider{Region: region}}}}
	}
	for name, tt := range map[string]struct {
		change func(p *v1alpha1.ScalingPolicy)
		want   Want
		text   string
	}{
		"plain":         {func(*v1alpha1.ScalingPolicy) {}, want(), ""},
		"half a second": {func(p *v1alpha1.ScalingPolicy) { p.Spec.ScaleOut.Stabilization.Duration = 1500 * time.Millisecond }, want(func(w *Want) { w.ScaleOut = 2 }), ""},
		"never in":      {func(p *v1alpha1.ScalingPolicy) { p.Spec.ScaleIn.Select = v1alpha1.SelectDisabled }, want(func(w *Want) { w.NoScaleIn = true }), ""},
		"one region":    {func(p *v1alpha1.ScalingPolicy) { p.Spec.Publish.CloudWatch.Provider = "same" }, want(), ""},
		"two regions":   {func(p *v1alpha1.ScalingPolicy) { p.Spec.Publish.CloudWatch.Provider = "far" }, Want{}, "another account or region"},
		"no service":    {func(p *v1alpha1.ScalingPolicy) { p.Spec.Workload = nil }, Want{}, "the workload of shop/orders is no service of ECS"},
		"a deployment":  {func(p *v1alpha1.ScalingPolicy) { p.Spec.Workload.ECS = nil }, Want{}, "the workload of shop/orders is no service of ECS"},
		"no CloudWatch": {func(p *v1alpha1.ScalingPolicy) { p.Spec.Publish.CloudWatch = nil }, Want{}, "shop/orders publishes nothing to CloudWatch"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := WantOf(document(tt.change), providers)
			if tt.text != "" {
				require.ErrorContains(t, err, tt.text)
				require.NotEmpty(t, HintOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

// TestFields: what is told of a configuration tells all of it.
func TestFields(t *testing.T) {
	base := fields(configuration(want()))
	for name, change := range map[string]func(c *types.TargetTrackingScalingPolicyConfiguration){
		"target":   func(c *types.TargetTrackingScalingPolicyConfiguration) { c.TargetValue = aws.Float64(90.5) },
		"scale in": func(c *types.TargetTrackingScalingPolicyConfiguration) { c.DisableScaleIn = aws.Bool(true) },
		"out":      func(c *types.TargetTrackingScalingPolicyConfiguration) { c.ScaleOutCooldown = nil },
		"in":       func(c *types.TargetTrackingScalingPolicyConfiguration) { c.ScaleInCooldown = aws.Int32(1) },
		"name": func(c *types.TargetTrackingScalingPolicyConfiguration) {
			c.CustomizedMetricSpecification.MetricName = aws.String("X")
		},
		"namespace": func(c *types.TargetTrackingScalingPolicyConfiguration) {
			c.CustomizedMetricSpecification.Namespace = aws.String("X")
		},
		"statistic": func(c *types.TargetTrackingScalingPolicyConfiguration) {
			c.CustomizedMetricSpecification.Statistic = "Sum"
		},
		"unit": func(c *types.TargetTrackingScalingPolicyConfiguration) {
			c.CustomizedMetricSpecification.Unit = aws.String("Percent")
		},
		"dimensions": func(c *types.TargetTrackingScalingPolicyConfiguration) {
			c.CustomizedMetricSpecification.Dimensions = nil
		},
		"predefined": func(c *types.TargetTrackingScalingPolicyConfiguration) {
			c.PredefinedMetricSpecification = &types.PredefinedMetricSpecification{PredefinedMetricType: types.MetricTypeECSServiceAverageCPUUtilization}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := configuration(want())
			change(c)
			require.NotEqual(t, base, fields(c))
		})
	}
	t.Run("order does not count", func(t *testing.T) {
		c, d := configuration(want(func(w *Want) { w.Math = true })), configuration(want(func(w *Want) { w.Math = true }))
		m := d.CustomizedMetricSpecification.Metrics
		m[0], m[2] = m[2], m[0]
		require.Equal(t, fields(c), fields(d))
		e := configuration(want())
		dims := e.CustomizedMetricSpecification.Dimensions
		dims[0], dims[1] = dims[1], dims[0]
		require.Equal(t, base, fields(e))
	})
}
