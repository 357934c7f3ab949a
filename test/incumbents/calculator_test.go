package incumbents_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

const namespace = "default"

// answers is a metrics client that gives what it has.
type answers struct {
	pods     metrics.PodMetricsInfo
	external []int64
}

func (a answers) GetResourceMetric(context.Context, corev1.ResourceName, string, labels.Selector, string) (metrics.PodMetricsInfo, time.Time, error) {
	return a.pods, time.Now(), nil
}

func (a answers) GetRawMetric(string, string, labels.Selector, labels.Selector) (metrics.PodMetricsInfo, time.Time, error) {
	return a.pods, time.Now(), nil
}

func (a answers) GetObjectMetric(string, string, *autoscaling.CrossVersionObjectReference, labels.Selector) (int64, time.Time, error) {
	return 0, time.Time{}, errors.New("there is none")
}

func (a answers) GetExternalMetric(string, string, labels.Selector) ([]int64, time.Time, error) {
	return a.external, time.Now(), nil
}

// tolerances are the original's, whose fields are not exported.
func tolerances(t incumbents.Tolerance) podautoscaler.Tolerances {
	v := [2]float64{t.Down, t.Up}
	return *(*podautoscaler.Tolerances)(unsafe.Pointer(&v))
}

func TestTolerancesAreLaidOutAsAssumed(t *testing.T) {
	typ := reflect.TypeFor[podautoscaler.Tolerances]()
	require.Equal(t, 2, typ.NumField())
	require.Equal(t, []string{"scaleDown", "scaleUp"}, []string{typ.Field(0).Name, typ.Field(1).Name})
	require.Equal(t, "[down:10.0%, up:20.0%]", tolerances(incumbents.Tolerance{Down: 0.1, Up: 0.2}).String())
}

// calculator is the original's with pods and their metrics.
func calculator(pods []incumbents.Pod, external ...int64) *podautoscaler.ReplicaCalculator {
	index := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	have := metrics.PodMetricsInfo{}
	for i, p := range pods {
		name := fmt.Sprintf("pod-%d", i)
		if !p.Missing {
			have[name] = metrics.PodMetric{Timestamp: time.Now(), Window: time.Minute, Value: p.Usage}
		}
		if p.State != incumbents.PodUnlisted {
			_ = index.Add(pod(name, p)) // fails for objects without a name
		}
	}
	return podautoscaler.NewReplicaCalculator(answers{have, external}, corelisters.NewPodLister(index), 5*time.Minute, 30*time.Second)
}

func pod(name string, p incumbents.Pod) *corev1.Pod {
	started := metav1.NewTime(time.Now().Add(-time.Hour))
	request := corev1.ResourceList{corev1.ResourceCPU: *resource.NewMilliQuantity(p.Request, resource.DecimalSI)}
	o := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": "x"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{Requests: request}}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &started},
	}
	ready := corev1.ConditionTrue
	switch p.State {
	case incumbents.PodUnready:
		ready = corev1.ConditionFalse
	case incumbents.PodPending:
		ready, o.Status.Phase = corev1.ConditionFalse, corev1.PodPending
	case incumbents.PodGone:
		if p.Usage%2 == 0 {
			o.Status.Phase = corev1.PodFailed
		} else {
			o.DeletionTimestamp = &started
		}
	}
	o.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: started}}
	return o
}

// somePods are mostly ready and with metrics, as in life.
func somePods(r *rand.Rand) []incumbents.Pod {
	odd, most := r.IntN(4), pick(r, 300, 1000, 3000)
	pods := make([]incumbents.Pod, 1+r.IntN(15))
	for i := range pods {
		p := &pods[i]
		p.Usage, p.Request = int64(r.IntN(most)), int64(100*(1+r.IntN(10)))
		if r.IntN(8) < odd {
			p.State = incumbents.PodState(r.IntN(5))
		}
		p.Missing = p.State != incumbents.PodUnlisted && r.IntN(8) < odd
	}
	return pods
}

func someTolerance(r *rand.Rand) incumbents.Tolerance {
	return incumbents.Tolerance{Down: pick(r, 0.1, 0, 0.05, r.Float64()), Up: pick(r, 0.1, 0, 0.2, r.Float64())}
}

func someReplicas(r *rand.Rand, pods []incumbents.Pod) int32 {
	if r.IntN(3) == 0 {
		return int32(r.IntN(25))
	}
	return int32(len(pods))
}

// cases of each kind of metric.
const cases = 10_000

func TestCPUUtilizationIsTheOriginals(t *testing.T) {
	r, failed := seeded(1), 0
	for range cases {
		pods, tolerance := somePods(r), someTolerance(r)
		replicas, percent := someReplicas(r, pods), int32(1+r.IntN(150))
		want, _, _, _, wantErr := calculator(pods).GetResourceReplicas(t.Context(), replicas, percent, corev1.ResourceCPU, tolerances(tolerance), namespace, labels.Everything(), "")
		got, err := incumbents.CPUUtilization(pods, percent, replicas, tolerance)
		require.Equal(t, wantErr == nil, err == nil, "%+v: %v, %v", pods, wantErr, err)
		require.Equal(t, want, got, "%+v at %d %% of %d, %+v", pods, percent, replicas, tolerance)
		if err != nil {
			failed++
		}
	}
	require.Less(t, failed, cases/5)
}

func TestPodsAverageIsTheOriginals(t *testing.T) {
	r := seeded(2)
	for range cases {
		pods, tolerance := somePods(r), someTolerance(r)
		replicas, target := someReplicas(r, pods), int64(1+r.IntN(3000))
		want, _, _, wantErr := calculator(pods).GetMetricReplicas(replicas, target, "m", tolerances(tolerance), namespace, labels.Everything(), nil)
		got, err := incumbents.PodsAverage(pods, target, replicas, tolerance)
		require.Equal(t, wantErr == nil, err == nil, "%+v: %v, %v", pods, wantErr, err)
		require.Equal(t, want, got, "%+v at %d of %d, %+v", pods, target, replicas, tolerance)
	}
}

func TestExternalIsTheOriginals(t *testing.T) {
	r, selector := seeded(3), &metav1.LabelSelector{}
	for range cases {
		ready := int32(r.IntN(30))
		pods := make([]incumbents.Pod, ready+1)
		pods[ready].State = incumbents.PodUnready
		tolerance, replicas := someTolerance(r), int32(r.IntN(40))
		target := int64(1 + r.IntN(pick(r, 10, 10_000, 1_000_000)))
		value := pick(r, 0, -1, r.Int64N(target*60), r.Int64N(target*target+1))
		c := calculator(pods, value)

		want, _, _, err := c.GetExternalMetricReplicas(replicas, target, "m", tolerances(tolerance), namespace, selector, labels.Everything())
		require.NoError(t, err)
		require.Equal(t, want, incumbents.ExternalValue(value, target, replicas, ready, tolerance), "%d/%d of %d, %d ready", value, target, replicas, ready)

		want, _, _, err = c.GetExternalPerPodMetricReplicas(replicas, target, "m", tolerances(tolerance), namespace, selector)
		require.NoError(t, err)
		require.Equal(t, want, incumbents.ExternalAverage(value, target, replicas, tolerance), "%d/%d of %d", value, target, replicas)
	}
}
