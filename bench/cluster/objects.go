package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	namespaces = 20
	writers    = 16
)

func nameOf(i int) string      { return fmt.Sprintf("web-%04d", i) }
func namespaceOf(i int) string { return fmt.Sprintf("team-%02d", i%namespaces) }

// newSource gives numbers from 1 to 9.
func newSource() *httptest.Server {
	var n atomic.Int64
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"length": %d}`, 1+n.Add(1)%9)
	}))
}

// fill makes all Deployments and HPAs.
func (w *world) fill(ctx context.Context) error {
	names := []string{"scaler"}
	for i := range min(w.n, namespaces) {
		names = append(names, namespaceOf(i))
	}
	for _, name := range names {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := w.cluster.Client().CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create a namespace: %w", err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for i := range w.n {
		group.Go(func() error { return w.create(ctx, namespaceOf(i), nameOf(i)) })
	}
	return group.Wait()
}

// create makes a Deployment that has the one replica it wants, and its HPA.
func (w *world) create(ctx context.Context, namespace, name string) error {
	deployments := w.cluster.Client().AppsV1().Deployments(namespace)
	made, err := deployments.Create(ctx, deployment(name), metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create a Deployment: %w", err)
	}
	made.Status = appsv1.DeploymentStatus{ObservedGeneration: made.Generation, Replicas: 1, ReadyReplicas: 1, AvailableReplicas: 1, UpdatedReplicas: 1}
	if _, err := deployments.UpdateStatus(ctx, made, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("write a Deployment's status: %w", err)
	}
	hpas := w.cluster.Client().AutoscalingV2().HorizontalPodAutoscalers(namespace)
	if _, err := hpas.Create(ctx, hpa(name), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create an HPA: %w", err)
	}
	return nil
}

func deployment(name string) *appsv1.Deployment {
	one, labels := int32(1), map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &one,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "none"}}},
			},
		},
	}
}

func hpa(name string) *autoscalingv2.HorizontalPodAutoscaler {
	least, target := int32(1), resource.MustParse("1")
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name},
			MinReplicas:    &least, MaxReplicas: 10,
			Metrics: []autoscalingv2.MetricSpec{{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{
				Metric: autoscalingv2.MetricIdentifier{Name: name},
				Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &target},
			}}},
		},
	}
}

// confirm fails unless every HPA has a metric and wants the one replica there is.
func (w *world) confirm(ctx context.Context) error {
	hpas, err := w.cluster.Client().AutoscalingV2().HorizontalPodAutoscalers("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list the HPAs: %w", err)
	}
	var well int
	for _, h := range hpas.Items {
		for _, c := range h.Status.Conditions {
			if c.Type == autoscalingv2.ScalingActive && c.Status == corev1.ConditionTrue && h.Status.DesiredReplicas == 1 {
				well++
			}
		}
	}
	if well != w.n {
		return fmt.Errorf("%d of %d HPAs scale as they should", well, w.n)
	}
	return nil
}
