package generate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

func policyOf(low, high int32, w *v1alpha1.Workload) *v1alpha1.ScalingPolicy {
	p := &v1alpha1.ScalingPolicy{Metadata: v1alpha1.ObjectMeta{Name: "orders-worker", Namespace: "shop"}}
	p.Spec.Workload, p.Spec.Replicas = w, v1alpha1.ReplicaRange{Min: low, Max: high}
	p.Default()
	return p
}

func deployment(name string) *v1alpha1.Workload {
	return &v1alpha1.Workload{Deployment: &v1alpha1.ObjectReference{Name: name}}
}

func statefulSet(name string) *v1alpha1.Workload {
	return &v1alpha1.Workload{StatefulSet: &v1alpha1.ObjectReference{Name: name}}
}

func TestHPA(t *testing.T) {
	for name, tt := range map[string]struct {
		policy *v1alpha1.ScalingPolicy
		HPAOptions
		notes int
	}{
		"plain":       {policy: policyOf(1, 50, deployment("orders"))},
		"statefulset": {policy: policyOf(1, 50, statefulSet("orders"))},
		"target":      {policy: policyOf(1, 50, nil), HPAOptions: HPAOptions{Target: "statefulSet/orders"}},
		"zero":        {policy: policyOf(0, 50, deployment("orders")), HPAOptions: HPAOptions{Version: 37}},
		"zero-1.36":   {policy: policyOf(0, 50, deployment("orders")), HPAOptions: HPAOptions{Version: 36}, notes: 1},
		"zero-1.34":   {policy: policyOf(0, 50, deployment("orders")), HPAOptions: HPAOptions{Version: 34}, notes: 2},
		"small-1.34":  {policy: policyOf(1, 9, deployment("orders")), HPAOptions: HPAOptions{Version: 34}, notes: 1},
		"ten-1.34":    {policy: policyOf(1, 10, deployment("orders")), HPAOptions: HPAOptions{Version: 34}, notes: 1},
		"narrow-1.34": {policy: policyOf(96, 100, deployment("orders")), HPAOptions: HPAOptions{Version: 34}, notes: 1},
		"large-1.34":  {policy: policyOf(1, 100_000, deployment("orders")), HPAOptions: HPAOptions{Version: 34}, notes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			sheet, err := HPA(tt.policy, tt.HPAOptions)
			require.NoError(t, err)
			require.Len(t, sheet.Notes, tt.notes)
			text, err := sheet.YAML()
			require.NoError(t, err)
			testgolden.Equal(t, "testdata/hpa-"+name+".yaml", string(text))
			again(t, sheet, text)
		})
	}
}

// again reads back what was written, strictly.
func again(t *testing.T, s Sheet, text []byte) {
	t.Helper()
	var h autoscalingv2.HorizontalPodAutoscaler
	require.NoError(t, yaml.UnmarshalStrict(text, &h))
	require.Equal(t, s.Objects[0].Value, &h)
	inJSON, err := s.JSON()
	require.NoError(t, err)
	var j autoscalingv2.HorizontalPodAutoscaler
	require.NoError(t, yaml.UnmarshalStrict(inJSON, &j))
	require.Equal(t, h, j)
}

// TestNeverBinds calculates as the HPA does, in 32 bits: whatever the replicas are
// and were, every number that a policy may have is allowed.
func TestNeverBinds(t *testing.T) {
	const most = 100_000 // of a policy
	rules := atOnce(0)
	require.Len(t, rules.Policies, 1)
	value := rules.Policies[0].Value
	for _, start := range []int32{-most, 0, 1, most, 2 * most} {
		require.GreaterOrEqual(t, start+value, int32(most), "up")
		require.LessOrEqual(t, start-value, int32(0), "down")
	}
	largest, most32 := int32(math.MaxInt32), int32(most)
	require.Negative(t, most32+largest, "why it is not the largest number there is")
	require.Equal(t, resource.MustParse("0"), *rules.Tolerance)
}

func TestHPANames(t *testing.T) {
	p := policyOf(1, 2, deployment("no"))
	p.Metadata.Namespace, p.Metadata.Name = "1e3", "on"
	p.Spec.Publish.ExternalMetric.Name = "null"
	sheet, err := HPA(p, HPAOptions{})
	require.NoError(t, err)
	text, err := sheet.YAML()
	require.NoError(t, err)
	again(t, sheet, text)
	require.Contains(t, string(text), `name: "null"`)
}

func TestNoHPA(t *testing.T) {
	silent := policyOf(1, 2, deployment("orders"))
	silent.Spec.Publish.ExternalMetric = nil
	for name, tt := range map[string]struct {
		policy *v1alpha1.ScalingPolicy
		target string
		want   error
	}{
		"publishes elsewhere":  {silent, "", ErrNotServed},
		"no workload":          {policyOf(1, 2, nil), "", ErrNoTarget},
		"a workload elsewhere": {policyOf(1, 2, &v1alpha1.Workload{ECS: &v1alpha1.ECSWorkload{}}), "", ErrNoTarget},
		"another workload":     {policyOf(1, 2, deployment("orders")), "deployment/other", ErrTwoTargets},
		"another kind":         {policyOf(1, 2, deployment("orders")), "statefulSet/orders", ErrTwoTargets},
		"no name":              {policyOf(1, 2, nil), "deployment/", ErrBadTarget},
		"no kind":              {policyOf(1, 2, nil), "orders", ErrBadTarget},
		"a path":               {policyOf(1, 2, nil), "deployment/a/b", ErrBadTarget},
		"another thing":        {policyOf(1, 2, nil), "pod/a", ErrBadTarget},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := HPA(tt.policy, HPAOptions{Target: tt.target})
			require.ErrorIs(t, err, tt.want)
		})
	}
	_, err := HPA(policyOf(1, 2, deployment("orders")), HPAOptions{Target: "Deployment/orders"})
	require.NoError(t, err)
}

func TestParseVersion(t *testing.T) {
	for s, want := range map[string]Version{
		"1.34": 34, "v1.34.2": 34, "v1.33.5-eks-5e0fdde": 33, "1.30+": 30, "1.23": 23, "1.37.2": 37,
	} {
		got, err := ParseVersion(s)
		require.NoError(t, err, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "1", "2.1", "1.x", "1.", "34", "1.22", "1.34x", "1.9999"} {
		_, err := ParseVersion(s)
		require.Error(t, err, s)
	}
}

func TestSwallowed(t *testing.T) {
	for _, tt := range []struct {
		from, to int32
		want     bool
	}{
		{1, 2, false},
		{9, 10, false},
		{10, 11, true},
		{10, 9, true},
		{10, 12, false},
		{11, 10, true},
		{20, 22, true},
		{20, 18, true},
		{30, 33, true},
		{45, 50, false},
		{46, 50, true},
		{50, 45, true},
		{50, 44, false},
		{5, 0, false},
	} {
		require.Equal(t, tt.want, swallowed(tt.from, tt.to), "from %d to %d", tt.from, tt.to)
	}
}

// TestLoss compares with trying every size.
func TestLoss(t *testing.T) {
	for low := int32(0); low <= 30; low++ {
		for high := max(low, 1); high <= 60; high++ {
			l := lossOf(low, high)
			var first, least, top int32 = 0, high, high
			for from := high; from >= max(low, 1); from-- {
				for to := max(low, 1); to <= high; to++ {
					if from != to && swallowed(from, to) {
						first = from
					}
				}
				if swallowed(from, high) {
					top = from
				}
				if swallowed(high, from) {
					least = from
				}
			}
			require.Equal(t, loss{first, least, top}, l, "%d to %d", low, high)
		}
	}
}
