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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	namespaces = 20
	writers    = 16
	retries    = 3
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
	hpas := w.cluster.Client().AutoscalingV2().HorizontalPodAutoscalers(namespace)
	for _, write := range []func() error{
		func() error {
			_, err := deployments.Create(ctx, deployment(name), metav1.CreateOptions{})
			return err
		},
		func() error {
			_, err := deployments.Patch(ctx, name, types.MergePatchType, []byte(status), metav1.PatchOptions{}, "status")
			return err
		},
		func() error {
			_, err := hpas.Create(ctx, hpa(name), metav1.CreateOptions{})
			return err
		},
	} {
		if err := patiently(write); err != nil {
			return fmt.Errorf("create the objects of %s/%s: %w", namespace, name, err)
		}
	}
	return nil
}

const status = `{"status": {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}}`

// patiently writes again if the API server took too long, and takes it that an
// object which is there by then was made the first time.
func patiently(write func() error) error {
	err := write()
	for range retries {
		if !apierrors.IsTimeout(err) && !apierrors.IsServerTimeout(err) {
			return err
		}
		if err = write(); apierrors.IsAlreadyExists(err) {
			return nil
		}
	}
	return err
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
