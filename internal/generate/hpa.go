package generate

import (
	"errors"
	"fmt"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// Why there is no HorizontalPodAutoscaler for a policy.
var (
	ErrNotServed  = errors.New("the policy publishes no external metric, which is what an HPA reads")
	ErrNoTarget   = errors.New("the policy names no workload of Kubernetes")
	ErrTwoTargets = errors.New("the policy names another workload")
)

// neverBinds is a limit on a change that no change comes up to. The largest number
// there is would do harm: the HPA adds it to the replicas there are, and it overflows.
const (
	neverBinds    = 1_000_000
	neverBindsFor = 15 // seconds, the HPA's own period
)

// HPAOptions are what the documents do not say.
type HPAOptions struct {
	// Target is what is scaled, as deployment/NAME or statefulSet/NAME; empty: as
	// the policy says.
	Target string
	// Version of the cluster.
	Version Version
}

// HPA makes a HorizontalPodAutoscaler that follows a policy at once.
func HPA(p *v1alpha1.ScalingPolicy, o HPAOptions) (Sheet, error) {
	if p.Spec.Publish == nil || p.Spec.Publish.ExternalMetric == nil {
		return Sheet{}, ErrNotServed
	}
	target, err := targetOf(p.Spec.Workload, o.Target)
	if err != nil {
		return Sheet{}, err
	}
	h := &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   metav1.TypeMeta{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"},
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Metadata.Namespace, Name: p.Metadata.Name},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: target,
			MinReplicas:    new(leastOf(p, o.Version)), MaxReplicas: p.Spec.Replicas.Max,
			Metrics: []autoscalingv2.MetricSpec{metricOf(p.Spec.Publish.ExternalMetric.Name)},
			Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{
				ScaleUp: atOnce(o.Version), ScaleDown: atOnce(o.Version),
			},
		},
	}
	notes := notesOf(p, o.Version)
	comment := strings.Join(append([]string{commentOf(p, o.Version)}, notes...), "\n")
	return Sheet{Objects: []Object{{comment, h}}, Notes: notes}, nil
}

func metricOf(name string) autoscalingv2.MetricSpec {
	one := resource.MustParse("1")
	return autoscalingv2.MetricSpec{
		Type: autoscalingv2.ExternalMetricSourceType,
		External: &autoscalingv2.ExternalMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: name},
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &one},
		},
	}
}

// atOnce is behavior that waits for nothing.
func atOnce(v Version) *autoscalingv2.HPAScalingRules {
	r := &autoscalingv2.HPAScalingRules{
		StabilizationWindowSeconds: new(int32),
		SelectPolicy:               new(autoscalingv2.MaxChangePolicySelect),
		Policies:                   []autoscalingv2.HPAScalingPolicy{{Type: autoscalingv2.PodsScalingPolicy, Value: neverBinds, PeriodSeconds: neverBindsFor}},
	}
	if v.has(ownTolerance) {
		r.Tolerance = new(resource.MustParse("0"))
	}
	return r
}

func leastOf(p *v1alpha1.ScalingPolicy, v Version) int32 {
	if !v.has(scaleToZero) {
		return max(p.Spec.Replicas.Min, 1)
	}
	return p.Spec.Replicas.Min
}

func targetOf(w *v1alpha1.Workload, given string) (autoscalingv2.CrossVersionObjectReference, error) {
	out := autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1"}
	switch {
	case w != nil && w.Deployment != nil:
		out.Kind, out.Name = "Deployment", w.Deployment.Name
	case w != nil && w.StatefulSet != nil:
		out.Kind, out.Name = "StatefulSet", w.StatefulSet.Name
	}
	if given == "" {
		if out.Kind == "" {
			return out, ErrNoTarget
		}
		return out, nil
	}
	kind, name, err := parseTarget(given)
	if err != nil {
		return out, err
	}
	if out.Kind != "" && (out.Kind != kind || out.Name != name) {
		return out, fmt.Errorf("%w: %s %s", ErrTwoTargets, out.Kind, out.Name)
	}
	out.Kind, out.Name = kind, name
	return out, nil
}

// ErrBadTarget is a target that cannot be read.
var ErrBadTarget = errors.New("the target is neither deployment/NAME nor statefulSet/NAME")

func parseTarget(given string) (kind, name string, err error) {
	kind, name, _ = strings.Cut(given, "/")
	switch strings.ToLower(kind) {
	case "deployment":
		kind = "Deployment"
	case "statefulset":
		kind = "StatefulSet"
	default:
		return "", "", ErrBadTarget
	}
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return "", "", ErrBadTarget
	}
	return kind, name, nil
}
