//go:build !nok8s

package doctor

import (
	"context"
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/kube"
)

const (
	hpaPage  = 500
	hpaPages = 20 // of one namespace
)

// hpas tells which HPAs read a policy's decision and do not follow it at once, or at
// all.
func (c Cluster) hpas(ctx context.Context) []Finding {
	byNamespace := map[string][]*v1alpha1.ScalingPolicy{}
	var namespaces []string
	for _, p := range c.Policies {
		if p.Spec.Publish == nil || p.Spec.Publish.ExternalMetric == nil {
			continue
		}
		if byNamespace[p.Metadata.Namespace] == nil {
			namespaces = append(namespaces, p.Metadata.Namespace)
		}
		byNamespace[p.Metadata.Namespace] = append(byNamespace[p.Metadata.Namespace], p)
	}
	if namespaces == nil {
		return []Finding{finding("hpas", Skip, "", "no policy publishes an external metric")}
	}
	var found []Finding
	for _, namespace := range namespaces {
		list, err := c.hpasOf(ctx, namespace)
		if err != nil {
			found = append(found, finding("hpas of "+namespace, Skip, "", "%s; to see them needs the right to list horizontalpodautoscalers, which Scaler itself does not", kube.Why(err)))
			continue
		}
		for _, p := range byNamespace[namespace] {
			found = append(found, judgeHPAs(p, list)...)
		}
	}
	return found
}

func (c Cluster) hpasOf(ctx context.Context, namespace string) ([]autoscalingv2.HorizontalPodAutoscaler, error) {
	var out []autoscalingv2.HorizontalPodAutoscaler
	o := metav1.ListOptions{Limit: hpaPage}
	for range hpaPages {
		err := within(ctx, func(ctx context.Context) error {
			list, err := c.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).List(ctx, o)
			if err == nil {
				out, o.Continue = append(out, list.Items...), list.Continue
			}
			return err
		})
		if err != nil || o.Continue == "" {
			return out, err
		}
	}
	return out, nil
}

// judgeHPAs are the findings of a policy's HPAs.
func judgeHPAs(p *v1alpha1.ScalingPolicy, list []autoscalingv2.HorizontalPodAutoscaler) []Finding {
	id, metric := p.Metadata.Namespace+"/"+p.Metadata.Name, p.Spec.Publish.ExternalMetric.Name
	var found []Finding
	for i := range list {
		h := &list[i]
		target := targetOf(h, metric)
		if target == nil {
			continue
		}
		check := "hpa " + h.Namespace + "/" + h.Name
		hint := "scaler generate hpa " + id + " -f FILE prints one that follows at once"
		switch faults := slices.Concat(faultsOfTarget(*target), waits(p, h.Spec), bounds(p, h.Spec)); {
		case asleep(h):
			found = append(found, finding(check, Warn, wakeHint(h), "sleeps at 0 replicas, which it did not set itself: it follows again once there are some"))
		case len(faults) > 0:
			found = append(found, finding(check, Warn, hint, "%s", strings.Join(faults, "; ")))
		case unread(h) != "":
			found = append(found, finding(check, Warn, "look at apiService above, and at scaler explain "+id, "does not read its metrics: %s", unread(h)))
		default:
			found = append(found, finding(check, OK, "", "follows %s at once", id))
		}
	}
	if found == nil {
		return []Finding{finding("hpa of "+id, Warn, "scaler generate hpa "+id+" -f FILE | kubectl apply -f -", "no HPA reads the metric %s", metric)}
	}
	return found
}

// targetOf is what an HPA makes of a metric; nil: it does not read it.
func targetOf(h *autoscalingv2.HorizontalPodAutoscaler, metric string) *autoscalingv2.MetricTarget {
	for i := range h.Spec.Metrics {
		if e := h.Spec.Metrics[i].External; e != nil && e.Metric.Name == metric {
			return &e.Target
		}
	}
	return nil
}

func faultsOfTarget(t autoscalingv2.MetricTarget) []string {
	if t.AverageValue == nil {
		return []string{"its target is no averageValue, so that replicas are multiplied at each sync"}
	}
	if t.AverageValue.MilliValue() != 1000 {
		return []string{"its averageValue is not 1, so that it orders another number of replicas than was decided"}
	}
	return nil
}

// asleep: it waits for somebody to scale its target up from 0.
func asleep(h *autoscalingv2.HorizontalPodAutoscaler) bool {
	return slices.ContainsFunc(h.Status.Conditions, func(c autoscalingv2.HorizontalPodAutoscalerCondition) bool {
		return c.Type == autoscalingv2.ScalingActive && c.Status == corev1.ConditionFalse && c.Reason == "ScalingDisabled"
	})
}

func wakeHint(h *autoscalingv2.HorizontalPodAutoscaler) string {
	t := h.Spec.ScaleTargetRef
	return "unless it is meant to sleep: kubectl scale --namespace " + h.Namespace + " " + strings.ToLower(short(t.Kind)) + "/" + short(t.Name) + " --replicas=1"
}

// unread is the reason why it does not read its metrics; empty: it does.
func unread(h *autoscalingv2.HorizontalPodAutoscaler) string {
	for _, c := range h.Status.Conditions {
		if c.Type == autoscalingv2.ScalingActive && c.Status == corev1.ConditionFalse {
			return short(c.Reason)
		}
	}
	return ""
}
