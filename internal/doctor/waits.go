//go:build !nok8s

package doctor

import (
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/generate"
)

// What an HPA does where it says nothing.
const (
	defaultWindowDown = 300 // seconds
)

// waits tells what an HPA does on top of the policy: windows, limits, a tolerance.
func waits(p *v1alpha1.ScalingPolicy, h autoscalingv2.HorizontalPodAutoscalerSpec) []string {
	var up, down *autoscalingv2.HPAScalingRules
	if h.Behavior != nil {
		up, down = h.Behavior.ScaleUp, h.Behavior.ScaleDown
	}
	if up == nil {
		up = &autoscalingv2.HPAScalingRules{}
	}
	if down == nil {
		down = &autoscalingv2.HPAScalingRules{}
	}
	out := append(windows("scaleUp", up, 0), windows("scaleDown", down, defaultWindowDown)...)
	if limited(up, p.Spec.Replicas.Max, true) {
		out = append(out, "scaleUp limits changes once more")
	}
	if limited(down, p.Spec.Replicas.Max, false) {
		out = append(out, "scaleDown limits changes once more")
	}
	if (tolerates(up) || tolerates(down)) && generate.Swallows(p.Spec.Replicas.Min, p.Spec.Replicas.Max) {
		out = append(out, "its tolerance swallows small changes")
	}
	return out
}

func windows(name string, r *autoscalingv2.HPAScalingRules, otherwise int32) []string {
	seconds := otherwise
	if r.StabilizationWindowSeconds != nil {
		seconds = *r.StabilizationWindowSeconds
	}
	if seconds == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s waits %d s once more", name, seconds)}
}

// limited tells whether some change between 0 and most replicas is cut.
func limited(r *autoscalingv2.HPAScalingRules, most int32, up bool) bool {
	selected := autoscalingv2.MaxChangePolicySelect
	if r.SelectPolicy != nil {
		selected = *r.SelectPolicy
	}
	if selected == autoscalingv2.DisabledPolicySelect {
		return true
	}
	if len(r.Policies) == 0 {
		// The default: down everything at once, up the double or 4 pods.
		return up && most > 4
	}
	for _, limit := range r.Policies {
		binds := limit.Value < most
		if limit.Type == autoscalingv2.PercentScalingPolicy {
			// Any percentage of 0 is 0: up, it always binds somewhere.
			binds = up || limit.Value < 100
		}
		if selected == autoscalingv2.MinChangePolicySelect && binds {
			return true
		}
		if selected == autoscalingv2.MaxChangePolicySelect && !binds {
			return false
		}
	}
	return selected == autoscalingv2.MaxChangePolicySelect
}

func tolerates(r *autoscalingv2.HPAScalingRules) bool {
	return r.Tolerance == nil || r.Tolerance.Sign() > 0
}

// bounds tells where an HPA cuts what the policy decides.
func bounds(p *v1alpha1.ScalingPolicy, h autoscalingv2.HorizontalPodAutoscalerSpec) []string {
	var out []string
	if r := p.Spec.Replicas; h.MaxReplicas < r.Max {
		out = append(out, fmt.Sprintf("its maxReplicas %d is below the policy's %d", h.MaxReplicas, r.Max))
	}
	least := int32(1)
	if h.MinReplicas != nil {
		least = *h.MinReplicas
	}
	if r := p.Spec.Replicas; least > r.Min {
		out = append(out, fmt.Sprintf("its minReplicas %d is above the policy's %d", least, r.Min))
	}
	return out
}
