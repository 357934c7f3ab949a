//go:build !nok8s

package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/scaler-dev/scaler/internal/generate"
)

// hpa is the one that is generated for the policy orders.
func hpa() *autoscalingv2.HorizontalPodAutoscaler {
	sheet, err := generate.HPA(policyOf("orders", 0, 50), generate.HPAOptions{})
	if err != nil {
		panic(err)
	}
	return sheet.Objects[0].Value.(*autoscalingv2.HorizontalPodAutoscaler)
}

func TestHPAs(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*autoscalingv2.HorizontalPodAutoscaler)
		state  State
		detail string
	}{
		"generated":   {func(*autoscalingv2.HorizontalPodAutoscaler) {}, OK, "follows shop/orders at once"},
		"no behavior": {func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.Behavior = nil }, Warn, "scaleDown waits 300 s once more; scaleUp limits changes once more; its tolerance swallows small changes"},
		"waits up": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleUp.StabilizationWindowSeconds = new(int32(60))
		}, Warn, "scaleUp waits 60 s once more"},
		"waits down": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleDown.StabilizationWindowSeconds = nil
		}, Warn, "scaleDown waits 300 s once more"},
		"disabled": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleDown.SelectPolicy = new(autoscalingv2.DisabledPolicySelect)
		}, Warn, "scaleDown limits changes once more"},
		"few pods":    {func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.Behavior.ScaleUp.Policies[0].Value = 49 }, Warn, "scaleUp limits changes once more"},
		"enough pods": {func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.Behavior.ScaleUp.Policies[0].Value = 50 }, OK, "follows shop/orders at once"},
		"percent up": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleUp.Policies[0].Type = autoscalingv2.PercentScalingPolicy
		}, Warn, "scaleUp limits changes once more"},
		"all down": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleDown.Policies[0] = autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PercentScalingPolicy, Value: 100}
		}, OK, "follows shop/orders at once"},
		"half down": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleDown.Policies[0] = autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PercentScalingPolicy, Value: 50}
		}, Warn, "scaleDown limits changes once more"},
		"one of two": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleUp.Policies = append(h.Spec.Behavior.ScaleUp.Policies, autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PodsScalingPolicy, Value: 1})
		}, OK, "follows shop/orders at once"},
		"tolerance": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior.ScaleUp.Tolerance = new(resource.MustParse("50m"))
		}, Warn, "its tolerance swallows small changes"},
		"value": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Metrics[0].External.Target = autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: new(resource.MustParse("1"))}
		}, Warn, "its target is no averageValue, so that replicas are multiplied at each sync"},
		"tens": {func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Metrics[0].External.Target.AverageValue = new(resource.MustParse("10"))
		}, Warn, "its averageValue is not 1, so that it orders another number of replicas than was decided"},
		"a lower end":    {func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.MaxReplicas = 10 }, Warn, "its maxReplicas 10 is below the policy's 50"},
		"a higher start": {func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.MinReplicas = nil }, Warn, "its minReplicas 1 is above the policy's 0"},
		"asleep":         {condition("ScalingDisabled"), Warn, "sleeps at 0 replicas, which it did not set itself: it follows again once there are some"},
		"unread":         {condition("FailedGetExternalMetric"), Warn, "does not read its metrics: FailedGetExternalMetric"},
		"another metric": {func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.Metrics[0].External.Metric.Name = "other" }, Warn, "no HPA reads the metric orders"},
	} {
		t.Run(name, func(t *testing.T) {
			h := hpa()
			tt.change(h)
			found := judgeHPAs(policyOf("orders", 0, 50), []autoscalingv2.HorizontalPodAutoscaler{*h})
			require.Len(t, found, 1)
			require.Equal(t, tt.state, found[0].State)
			require.Equal(t, tt.detail, found[0].Detail)
			require.Equal(t, tt.state == OK, found[0].Hint == "")
		})
	}
}

// TestSmallRange: among few replicas no change is within 10 %.
func TestSmallRange(t *testing.T) {
	h := hpa()
	h.Spec.Behavior.ScaleUp.Tolerance = nil
	h.Spec.MaxReplicas = 9
	found := judgeHPAs(policyOf("orders", 0, 9), []autoscalingv2.HorizontalPodAutoscaler{*h})
	require.Equal(t, OK, found[0].State)
}

func condition(reason string) func(*autoscalingv2.HorizontalPodAutoscaler) {
	return func(h *autoscalingv2.HorizontalPodAutoscaler) {
		h.Status.Conditions = []autoscalingv2.HorizontalPodAutoscalerCondition{
			{Type: autoscalingv2.AbleToScale, Status: corev1.ConditionTrue},
			{Type: autoscalingv2.ScalingActive, Status: corev1.ConditionFalse, Reason: reason},
		}
	}
}
