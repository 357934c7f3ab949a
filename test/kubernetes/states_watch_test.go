//go:build e2e

package kubernetes_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/scaler-dev/scaler/test/cluster"
)

// fleet are the Deployments and HPAs of namespace shop as they are now: how many have
// so many replicas, ordered and desired.
type fleet struct{ ordered, desired map[int32]int }

func readFleet(ctx context.Context, c *cluster.Cluster) (fleet, error) {
	f := fleet{map[int32]int{}, map[int32]int{}}
	deployments, err := c.Client().AppsV1().Deployments("shop").List(ctx, metav1.ListOptions{})
	if err != nil {
		return f, err
	}
	for _, d := range deployments.Items {
		f.ordered[*d.Spec.Replicas]++
	}
	hpas, err := c.Client().AutoscalingV2().HorizontalPodAutoscalers("shop").List(ctx, metav1.ListOptions{})
	if err != nil {
		return f, err
	}
	for _, h := range hpas.Items {
		f.desired[h.Status.DesiredReplicas]++
	}
	return f, nil
}

// all tells whether all n have so many replicas.
func (f fleet) all(n int, replicas int32) bool {
	return f.ordered[replicas] == n && f.desired[replicas] == n
}

func (f fleet) String() string { return fmt.Sprintf("ordered %v, desired %v", f.ordered, f.desired) }

// availability is the history of an APIService's condition Available.
type availability struct {
	mu      sync.Mutex
	lost    []string
	seen    int
	current bool
}

// run watches until ctx ends.
func (a *availability) run(ctx context.Context, t *testing.T, c *cluster.Cluster, name string) {
	t.Helper()
	resource, err := c.Resource(schema.GroupVersionKind{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService"}, "")
	require.NoError(t, err)
	for ctx.Err() == nil {
		w, err := resource.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		for event := range w.ResultChan() {
			if object, ok := event.Object.(*unstructured.Unstructured); ok {
				a.note(object)
			}
		}
	}
}

func (a *availability) note(object *unstructured.Unstructured) {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen++
	for _, each := range conditions {
		condition, ok := each.(map[string]any)
		if !ok || condition["type"] != "Available" {
			continue
		}
		a.current = condition["status"] == "True"
		if !a.current {
			a.lost = append(a.lost, fmt.Sprintf("%s %v: %v", time.Now().Format("15:04:05"), condition["reason"], condition["message"]))
		}
	}
}

// isAvailable tells whether it is now, as far as the watch has got.
func (a *availability) isAvailable() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current
}

// forget drops what was lost so far, and returns it.
func (a *availability) forget() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	lost := a.lost
	a.lost = nil
	return lost
}
