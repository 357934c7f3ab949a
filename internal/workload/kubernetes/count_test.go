package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDeployments(t *testing.T) {
	for name, tt := range map[string]struct {
		generation int64
		replicas   *int32
		status     appsv1.DeploymentStatus
		want       count
	}{
		"steady":            {1, new(int32(3)), appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 3, UpdatedReplicas: 3, ReadyReplicas: 3}, count{ordered: 3, ready: 3}},
		"none said":         {1, nil, appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1}, count{ordered: 1}},
		"at zero":           {1, new(int32(0)), appsv1.DeploymentStatus{ObservedGeneration: 1}, count{}},
		"not ready":         {1, new(int32(3)), appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 3, UpdatedReplicas: 3, ReadyReplicas: 1}, count{ordered: 3, ready: 1}},
		"not seen yet":      {2, new(int32(3)), appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 3, UpdatedReplicas: 3, ReadyReplicas: 3}, count{ordered: 3, ready: 3, deploying: true}},
		"new ones to come":  {1, new(int32(3)), appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 3, UpdatedReplicas: 1, ReadyReplicas: 3}, count{ordered: 3, ready: 3, deploying: true}},
		"old ones are left": {1, new(int32(3)), appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 4, UpdatedReplicas: 3, ReadyReplicas: 4}, count{ordered: 3, ready: 4, deploying: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := countOf(&appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Generation: tt.generation}, Spec: appsv1.DeploymentSpec{Replicas: tt.replicas}, Status: tt.status,
			})
			require.True(t, ok)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestStatefulSets(t *testing.T) {
	for name, tt := range map[string]struct {
		partition int32
		status    appsv1.StatefulSetStatus
		deploying bool
	}{
		"steady":             {0, appsv1.StatefulSetStatus{ObservedGeneration: 1, ReadyReplicas: 3, CurrentRevision: "a", UpdateRevision: "a"}, false},
		"not seen yet":       {0, appsv1.StatefulSetStatus{ReadyReplicas: 3, CurrentRevision: "a", UpdateRevision: "a"}, true},
		"half way":           {0, appsv1.StatefulSetStatus{ObservedGeneration: 1, ReadyReplicas: 3, CurrentRevision: "a", UpdateRevision: "b", UpdatedReplicas: 2}, true},
		"up to a partition":  {2, appsv1.StatefulSetStatus{ObservedGeneration: 1, ReadyReplicas: 3, CurrentRevision: "a", UpdateRevision: "b", UpdatedReplicas: 1}, false},
		"below a partition":  {1, appsv1.StatefulSetStatus{ObservedGeneration: 1, ReadyReplicas: 3, CurrentRevision: "a", UpdateRevision: "b", UpdatedReplicas: 1}, true},
		"an absurd revision": {9, appsv1.StatefulSetStatus{ObservedGeneration: 1, ReadyReplicas: 3, CurrentRevision: "a", UpdateRevision: "b"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Generation: 1}, Spec: appsv1.StatefulSetSpec{Replicas: new(int32(3))}, Status: tt.status}
			if tt.partition > 0 {
				s.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: &tt.partition}
			}
			got, ok := countOf(s)
			require.True(t, ok)
			require.Equal(t, count{ordered: 3, ready: 3, deploying: tt.deploying}, got)
		})
	}
}

func TestValid(t *testing.T) {
	require.True(t, count{ordered: 100_000, ready: 0}.valid())
	for _, bad := range []count{{ordered: -1}, {ready: -1}, {ordered: absurd + 1}, {ready: absurd + 1}} {
		require.False(t, bad.valid(), bad)
	}
	_, ok := countOf(&corev1.Pod{})
	require.False(t, ok)
}
