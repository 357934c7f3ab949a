package incumbents_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/scale"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/features"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

const (
	autoscalers = 200
	syncs       = 80
	sync        = 15 * time.Second
)

// reconciliation is what the original saw and did.
type reconciliation struct {
	at               time.Time
	current, desired int32
	value            float64 // NaN: there was an error, or it did not ask
}

// workload is one that an HPA of the original scales, and the record of it.
type workload struct {
	scale.ScaleInterface
	answers
	name     string
	rand     *rand.Rand
	settings incumbents.HPASettings
	replicas int32
	ready    int32
	level    int64
	log      []reconciliation
}

// world is all of them, as the controller's clients know it.
type world map[string]*workload

func (w world) Scales(string) scale.ScaleInterface { return scales{world: w} }

type scales struct {
	scale.ScaleInterface
	world
}

func (s scales) Get(_ context.Context, _ schema.GroupResource, name string, _ metav1.GetOptions) (*autoscalingv1.Scale, error) {
	w := s.world[name]
	w.interfere()
	w.log = append(w.log, reconciliation{at: time.Now(), current: w.replicas, desired: w.replicas, value: math.NaN()})
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       autoscalingv1.ScaleSpec{Replicas: w.replicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: w.replicas, Selector: "app=" + name},
	}, nil
}

func (s scales) Update(_ context.Context, _ schema.GroupResource, to *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	w := s.world[to.Name]
	w.replicas = to.Spec.Replicas
	w.log[len(w.log)-1].desired = to.Spec.Replicas
	return to, nil
}

// interfere is somebody who scales by hand, seldom.
func (w *workload) interfere() {
	if w.rand.IntN(20) == 0 {
		w.replicas = pick(w.rand, 0, 1, w.rand.Int32N(60))
	}
}

// oneMetric is the metrics client of the controller.
type oneMetric struct {
	answers
	world
}

func (m oneMetric) GetExternalMetric(name, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	w := m.world[name]
	if w.rand.IntN(25) == 0 {
		return nil, time.Time{}, errors.New("no metric today")
	}
	w.level = max(0, w.level+w.rand.Int64N(w.level/2+2000)-w.level/4-1000)
	if w.rand.IntN(12) == 0 {
		w.level = pick(w.rand, 0, w.rand.Int64N(100_000))
	}
	w.log[len(w.log)-1].value = float64(w.level) / 1000
	return []int64{w.level}, time.Now(), nil
}

func someRules(r *rand.Rand, tolerance *float64) (incumbents.Rules, *autoscaling.HPAScalingRules) {
	rules := incumbents.Rules{
		Window: pick(r, 0, 0, 15*time.Second, time.Minute, 5*time.Minute),
		Select: pick(r, incumbents.SelectMax, incumbents.SelectMax, incumbents.SelectMin, incumbents.SelectDisabled),
	}
	window, choice := int32(rules.Window/time.Second), autoscaling.ScalingPolicySelect(rules.Select+"PolicySelect")
	switch rules.Select {
	case incumbents.SelectMin:
		choice = autoscaling.MinChangePolicySelect
	case incumbents.SelectDisabled:
		choice = autoscaling.DisabledPolicySelect
	case incumbents.SelectMax:
		choice = autoscaling.MaxChangePolicySelect
	}
	of := &autoscaling.HPAScalingRules{StabilizationWindowSeconds: &window, SelectPolicy: &choice}
	for range 1 + r.IntN(3) {
		p := incumbents.Policy{
			Type: pick(r, incumbents.Pods, incumbents.Percent), Value: 1 + r.Int32N(pick(r, int32(5), 200)),
			Period: pick(r, 15*time.Second, 30*time.Second, time.Minute, 2*time.Minute),
		}
		rules.Policies = append(rules.Policies, p)
		of.Policies = append(of.Policies, autoscaling.HPAScalingPolicy{Type: autoscaling.HPAScalingPolicyType(p.Type), Value: p.Value, PeriodSeconds: int32(p.Period / time.Second)})
	}
	if r.IntN(3) == 0 {
		q := resource.MustParse(pick(r, "0", "0.05", "0.5"))
		of.Tolerance, *tolerance = &q, q.AsApproximateFloat64()
	}
	return rules, of
}

func someHPA(name string, r *rand.Rand) (*workload, *autoscaling.HorizontalPodAutoscaler) {
	target := 100 + r.Int64N(10_000)
	s := incumbents.DefaultHPA(float64(target)/1000, incumbents.Visible, 1+r.Int32N(50))
	s.Min = min(s.Max, pick(r, int32(0), 0, 1, 1, 5))
	quantity := resource.NewMilliQuantity(target, resource.DecimalSI)
	metric := autoscaling.MetricTarget{Type: autoscaling.AverageValueMetricType, AverageValue: quantity}
	if r.IntN(3) == 0 {
		s.Type, metric = incumbents.Value, autoscaling.MetricTarget{Type: autoscaling.ValueMetricType, Value: quantity}
	}
	h := &autoscaling.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: autoscaling.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscaling.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name},
			MinReplicas:    &s.Min, MaxReplicas: s.Max,
			Metrics: []autoscaling.MetricSpec{{
				Type:     autoscaling.ExternalMetricSourceType,
				External: &autoscaling.ExternalMetricSource{Metric: autoscaling.MetricIdentifier{Name: name}, Target: metric},
			}},
		},
	}
	if r.IntN(3) > 0 {
		s.Behavior, h.Spec.Behavior = &incumbents.Behavior{}, &autoscaling.HorizontalPodAutoscalerBehavior{}
		s.Behavior.Up, h.Spec.Behavior.ScaleUp = someRules(r, &s.Tolerance.Up)
		s.Behavior.Down, h.Spec.Behavior.ScaleDown = someRules(r, &s.Tolerance.Down)
	}
	return &workload{name: name, rand: r, settings: s, replicas: r.Int32N(30), ready: r.Int32N(20), level: r.Int64N(50_000)}, h
}

// run lets the original's controller reconcile all HPAs, in a time of its own.
func run(t *testing.T, w world, objects *fake.Clientset) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	mapper := apimeta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "apps", Version: "v1"}})
	mapper.Add(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, apimeta.RESTScopeNamespace)
	factory := informers.NewSharedInformerFactory(objects, 0)
	controller := podautoscaler.NewHorizontalController(ctx, objects.CoreV1(), w, objects.AutoscalingV2(), mapper, oneMetric{world: w},
		factory.Autoscaling().V2().HorizontalPodAutoscalers(), factory.Core().V1().Pods(), sync, 5*time.Minute, 0.1, 5*time.Minute, 30*time.Second)
	factory.Start(ctx.Done())
	done := make(chan struct{})
	go func() { defer close(done); controller.Run(ctx, 1) }()
	time.Sleep((syncs + 3) * sync)
	cancel()
	<-done
	factory.Shutdown()
}

// TestHPAIsTheOriginals: the whole controller with its own calculator, queue and
// memory, against ours with what the controller saw.
func TestHPAIsTheOriginals(t *testing.T) {
	// It waits until a write is seen in the cache, by versions that fakes do not give.
	featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.StaleControllerConsistencyHPA, false)
	w := world{}
	synctest.Test(t, func(t *testing.T) {
		objects := fake.NewSimpleClientset() //nolint:staticcheck // the other one keeps managed fields, and takes twenty times as long
		for n := range uint64(autoscalers) {
			one, h := someHPA(fmt.Sprintf("w%d", n), seeded(n))
			w[one.name] = one
			require.NoError(t, objects.Tracker().Add(h))
			for i := range one.ready + 1 {
				p := pod(fmt.Sprintf("%s-%d", one.name, i), incumbents.Pod{})
				p.Labels = map[string]string{"app": one.name}
				if i == one.ready {
					p.Status.Conditions[0].Status = corev1.ConditionFalse
				}
				require.NoError(t, objects.Tracker().Add(p))
			}
		}
		run(t, w, objects)
	})
	compared, changed := 0, 0
	for _, one := range w {
		ours := incumbents.NewHPA(one.settings)
		for i, r := range one.log {
			now := r.at.Sub(one.log[0].at)
			got := ours.Step(incumbents.Seen{Now: now, Ordered: r.current, Ready: one.ready, Visible: r.value})
			require.Equal(t, r.desired, got, "%s, reconciliation %d at %s: %+v of %+v with %+v", one.name, i, now, r, one.settings, one.settings.Behavior)
			compared++
			if r.desired != r.current {
				changed++
			}
		}
	}
	require.GreaterOrEqual(t, compared, 10_000)
	require.Greater(t, changed, 1000)
}
