package v1alpha1_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

func seconds(n float64) v1alpha1.Duration {
	return v1alpha1.Duration{Duration: time.Duration(n * float64(time.Second))}
}

func source(s v1alpha1.SignalSource) v1alpha1.Signal { return v1alpha1.Signal{SignalSource: s} }

func cloudWatch(period float64) v1alpha1.SignalSource {
	return v1alpha1.SignalSource{CloudWatch: &v1alpha1.CloudWatchSignal{Period: seconds(period)}}
}

func TestSignalAges(t *testing.T) {
	t.Parallel()
	sqs := v1alpha1.SignalSource{SQS: &v1alpha1.SQSSignal{}}
	paced := func(s v1alpha1.SignalSource, interval, freshFor float64) v1alpha1.Signal {
		sig := source(s)
		sig.Interval, sig.FreshFor = seconds(interval), seconds(freshFor)
		return sig
	}
	tests := []struct {
		name                        string
		signal                      v1alpha1.Signal
		interval, freshFor, holdFor time.Duration
	}{
		{"sqs", source(sqs), 15 * time.Second, 45 * time.Second, 10 * time.Minute},
		{"sqs read more often", paced(sqs, 5, 0), 5 * time.Second, 45 * time.Second, 10 * time.Minute},
		{"sqs read less often", paced(sqs, 60, 0), time.Minute, 3 * time.Minute, 10 * time.Minute},
		{"sqs read rarely", paced(sqs, 600, 0), 10 * time.Minute, 30 * time.Minute, time.Hour},
		{"sqs long fresh", paced(sqs, 0, 900), 15 * time.Second, 15 * time.Minute, 30 * time.Minute},
		{"cloudWatch", source(cloudWatch(0)), time.Minute, 3 * time.Minute, 10 * time.Minute},
		{"cloudWatch 5m", source(cloudWatch(300)), 5 * time.Minute, 15 * time.Minute, 30 * time.Minute},
		{"cloudWatch 10s", source(cloudWatch(10)), 10 * time.Second, 30 * time.Second, 5 * time.Minute},
		{"cloudWatch 1s", source(cloudWatch(1)), 10 * time.Second, 30 * time.Second, 5 * time.Minute},
		{"cloudWatch 30s", source(cloudWatch(30)), 30 * time.Second, 90 * time.Second, 5 * time.Minute},
		{"alb", source(v1alpha1.SignalSource{ALB: &v1alpha1.ALBSignal{}}), time.Minute, 3 * time.Minute, 10 * time.Minute},
		{"prometheus", source(v1alpha1.SignalSource{Prometheus: &v1alpha1.PrometheusSignal{}}), 15 * time.Second, time.Minute, 5 * time.Minute},
		{"http", source(v1alpha1.SignalSource{HTTP: &v1alpha1.HTTPSignal{}}), 30 * time.Second, 90 * time.Second, 5 * time.Minute},
		{"trace", source(v1alpha1.SignalSource{Trace: &v1alpha1.TraceSignal{}}), time.Second, 90 * time.Second, 5 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := v1alpha1.ScalingPolicy{Spec: v1alpha1.ScalingPolicySpec{Signals: []v1alpha1.Signal{tt.signal}}}
			p.Default()
			got := p.Spec.Signals[0]
			require.Equal(t, tt.interval, got.Interval.Duration)
			require.Equal(t, tt.freshFor, got.FreshFor.Duration)
			require.Equal(t, tt.holdFor, got.HoldFor.Duration)
		})
	}
}

func TestSignalKinds(t *testing.T) {
	t.Parallel()
	alb := func(m v1alpha1.ALBMetric) v1alpha1.SignalSource {
		return v1alpha1.SignalSource{ALB: &v1alpha1.ALBSignal{Metric: m}}
	}
	tests := []struct {
		source v1alpha1.SignalSource
		want   v1alpha1.SignalKind
	}{
		{v1alpha1.SignalSource{SQS: &v1alpha1.SQSSignal{}}, v1alpha1.KindTotal},
		{alb(v1alpha1.RequestsPerSecond), v1alpha1.KindTotal},
		{alb(v1alpha1.RequestsPerTargetPerSecond), v1alpha1.KindPerReplica},
		{alb(v1alpha1.ResponseTime), v1alpha1.KindPerReplica},
		{cloudWatch(60), ""},
		{v1alpha1.SignalSource{Prometheus: &v1alpha1.PrometheusSignal{}}, ""},
		{v1alpha1.SignalSource{HTTP: &v1alpha1.HTTPSignal{}}, ""},
		{v1alpha1.SignalSource{Trace: &v1alpha1.TraceSignal{}}, ""},
	}
	for _, tt := range tests {
		p := v1alpha1.ScalingPolicy{Spec: v1alpha1.ScalingPolicySpec{Signals: []v1alpha1.Signal{source(tt.source)}}}
		p.Default()
		require.Equal(t, tt.want, p.Spec.Signals[0].Kind)
	}
}

func TestRatioDefaults(t *testing.T) {
	t.Parallel()
	no := false
	p := v1alpha1.ScalingPolicy{Spec: v1alpha1.ScalingPolicySpec{Demand: []v1alpha1.Demand{
		{DemandRule: v1alpha1.DemandRule{Ratio: &v1alpha1.RatioDemand{}}},
		{DemandRule: v1alpha1.DemandRule{Ratio: &v1alpha1.RatioDemand{MayLower: &no}}},
	}}}
	p.Default()
	free, guard := p.Spec.Demand[0].Ratio, p.Spec.Demand[1].Ratio
	require.True(t, *free.MayLower)
	require.InDelta(t, 0.1, free.Tolerance.Fraction(), 1e-12)
	require.Nil(t, free.MaxAdd)
	require.False(t, *guard.MayLower)
	require.InDelta(t, 0.5, guard.MaxAdd.Fraction(), 1e-12)
}

// Defaulting what is complete changes nothing, so that it may be done twice.
func TestDefaultIsIdempotent(t *testing.T) {
	t.Parallel()
	make1 := func() *v1alpha1.ScalingPolicy {
		return &v1alpha1.ScalingPolicy{
			Metadata: v1alpha1.ObjectMeta{Name: "p"},
			Spec: v1alpha1.ScalingPolicySpec{
				Signals: []v1alpha1.Signal{source(cloudWatch(300))},
				Demand:  []v1alpha1.Demand{{DemandRule: v1alpha1.DemandRule{Schedule: &v1alpha1.ScheduleDemand{}}}},
				Publish: &v1alpha1.Publish{CloudWatch: &v1alpha1.CloudWatchSink{}},
			},
		}
	}
	once, twice := make1(), make1()
	once.Default()
	twice.Default()
	twice.Default()
	require.Equal(t, once, twice)
	require.Equal(t, "Scaler", once.Spec.Publish.CloudWatch.Namespace)
	require.Nil(t, once.Spec.Publish.ExternalMetric)
	require.Equal(t, "UTC", once.Spec.Demand[0].Schedule.TimeZone)
}
