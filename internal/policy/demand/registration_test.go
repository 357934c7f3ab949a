package demand_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

// TestRegistrationThatLags holds requests per second, of which no count is part, against
// requests per target, of which the count of healthy targets is: ten tasks became
// twenty two minutes before the sample, and the load balancer has not seen it yet.
func TestRegistrationThatLags(t *testing.T) {
	const requests, each, tasks = 3000, 150, 20
	w := policy.Workload{
		State: policy.WorkloadKnown, Ready: tasks, Ordered: tasks,
		Past: []policy.PastReady{{Since: 0, Ready: 10}, {Since: time.Hour - 2*time.Minute - 30*time.Second, Ready: tasks}},
	}
	for name, tt := range map[string]struct{ healthy, perTarget int32 }{
		"in steady state":           {tasks, 20},
		"two minutes behind":        {10, 40},
		"half of them registered":   {15, 27},
		"more healthy than run yet": {25, 16},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]float64{"requests": requests, "per-target": requests / float64(tt.healthy)}
			total := propose(demand.PerReplica{Signal: "requests", Amount: each}, values, w)
			require.EqualValues(t, 20, total.Replicas, "whatever the load balancer counts")
			average := propose(demand.Ratio{Signal: "per-target", Target: each, Tolerance: 0.1}, values, w)
			require.Equal(t, tt.perTarget, average.Replicas)
		})
	}
}
