package compile

import (
	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
)

// FloorTarget is a service whose minimum follows a decision.
type FloorTarget struct {
	Policy  policy.ID
	Service v1alpha1.ECSWorkload
	Floor   v1alpha1.ECSFloor
	Max     int32 // the policy's
}

func (c *compiler) floor(id policy.ID, spec v1alpha1.ScalingPolicySpec) {
	if e := spec.Publish.ECS; e != nil && e.Floor != nil && spec.Workload != nil && spec.Workload.ECS != nil {
		c.program.Floors = append(c.program.Floors, FloorTarget{
			Policy: id, Service: *spec.Workload.ECS, Floor: *e.Floor, Max: spec.Replicas.Max,
		})
	}
}
