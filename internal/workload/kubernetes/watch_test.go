package kubernetes

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

const provider = "(kubernetes)"

func deployment(name string) Workload {
	return Workload{
		ID: workload.ID{Provider: provider, Name: "deployment/shop/" + name}, Namespace: "shop",
		Spec: v1alpha1.Workload{Deployment: &v1alpha1.ObjectReference{Name: name}},
	}
}

func statefulSet(name string) Workload {
	return Workload{
		ID: workload.ID{Provider: provider, Name: "statefulset/shop/" + name}, Namespace: "shop",
		Spec: v1alpha1.Workload{StatefulSet: &v1alpha1.ObjectReference{Name: name}},
	}
}

func orders(replicas, ready int32) appsv1.Deployment {
	return appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders", ResourceVersion: "7"},
		Spec:       appsv1.DeploymentSpec{Replicas: &replicas},
		Status:     appsv1.DeploymentStatus{Replicas: replicas, UpdatedReplicas: replicas, ReadyReplicas: ready},
	}
}

func known(ordered, ready int32) workload.Observation {
	return workload.Observation{ID: deployment("orders").ID, Ordered: ordered, Ready: ready}
}

// TestObjects follows objects of both kinds through their lives.
func TestObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := orders(3, 2)
		elsewhere := orders(9, 9)
		elsewhere.Namespace = "test"
		client := fake.NewClientset(&first, &elsewhere)
		w := New(client, slog.New(slog.DiscardHandler))
		s := w.Source([]Workload{deployment("orders"), statefulSet("orders"), {Spec: v1alpha1.Workload{Fixed: &v1alpha1.FixedWorkload{}}}})
		require.Len(t, s.Workloads(), 2, "what is neither is another's")
		require.Equal(t, failure(deployment("orders"), signals.Unavailable, "the watch does not run"), looks(t, s)[0])

		go w.Run(t.Context())
		synctest.Wait()
		require.Equal(t, []workload.Observation{
			known(3, 2), failure(statefulSet("orders"), signals.Missing, "the StatefulSet does not exist"),
		}, looks(t, s))

		changed := orders(5, 3)
		_, err := client.AppsV1().Deployments("shop").Update(t.Context(), &changed, metav1.UpdateOptions{})
		require.NoError(t, err)
		set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders"}, Status: appsv1.StatefulSetStatus{ReadyReplicas: 1}}
		_, err = client.AppsV1().StatefulSets("shop").Create(t.Context(), set, metav1.CreateOptions{})
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, []workload.Observation{known(5, 3), {ID: statefulSet("orders").ID, Ordered: 1, Ready: 1}}, looks(t, s))

		bad := orders(-1, 3)
		_, err = client.AppsV1().Deployments("shop").Update(t.Context(), &bad, metav1.UpdateOptions{})
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, failure(deployment("orders"), signals.Parse, "a count is negative or absurd"), looks(t, s)[0])

		require.NoError(t, client.AppsV1().Deployments("shop").Delete(t.Context(), "orders", metav1.DeleteOptions{}))
		synctest.Wait()
		require.Equal(t, failure(deployment("orders"), signals.Missing, "the Deployment does not exist"), looks(t, s)[0])
	})
}

// TestRunsAgain: sources live on when leadership comes and goes, and kinds that are
// asked for while the watch runs are watched.
func TestRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := orders(3, 2)
		client := fake.NewClientset(&first)
		w := New(client, slog.New(slog.DiscardHandler))
		run := func() (stop func()) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				w.Run(ctx)
			}()
			synctest.Wait()
			return func() { cancel(); <-done }
		}
		stop := run()
		require.Empty(t, client.Actions(), "nobody has asked")
		s := w.Source([]Workload{deployment("orders")})
		synctest.Wait()
		require.Equal(t, known(3, 2), look1(t, s))
		for _, a := range client.Actions() {
			require.Equal(t, "deployments", a.GetResource().Resource)
		}
		stop()
		require.Equal(t, signals.Unavailable, look1(t, s).Err.Reason)
		changed := orders(4, 4)
		_, err := client.AppsV1().Deployments("shop").Update(t.Context(), &changed, metav1.UpdateOptions{})
		require.NoError(t, err)
		stop = run()
		require.Equal(t, known(4, 4), look1(t, s))
		stop()
	})
}

func looks(t *testing.T, s workload.Source) []workload.Observation {
	t.Helper()
	got, err := s.Observe(t.Context())
	require.NoError(t, err)
	return got
}

func failure(w Workload, reason signals.Reason, detail string) workload.Observation {
	o := failed(reason, detail)
	o.ID = w.ID
	return o
}
