package compile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
)

// TestOnlyECSPausesForDeployments: as Application Auto Scaling does, and the
// HorizontalPodAutoscaler does not.
func TestOnlyECSPausesForDeployments(t *testing.T) {
	for name, c := range map[string]struct {
		workload *v1alpha1.Workload
		pauses   bool
	}{
		"none":        {nil, false},
		"deployment":  {&v1alpha1.Workload{Deployment: &v1alpha1.ObjectReference{Name: "orders"}}, false},
		"statefulSet": {&v1alpha1.Workload{StatefulSet: &v1alpha1.ObjectReference{Name: "orders"}}, false},
		"ecs":         {&v1alpha1.Workload{ECS: &v1alpha1.ECSWorkload{Provider: "aws", Cluster: "prod", Service: "orders"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := policyOf("orders", queue("backlog", 0))
			p.Spec.Workload = c.workload
			s, err := settingsOf(policy.ID{Namespace: "shop", Name: "orders"}, p.Spec)
			require.NoError(t, err)
			require.Equal(t, c.pauses, s.PauseDeploying)
		})
	}
}
