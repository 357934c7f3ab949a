package config

import (
	"fmt"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

// uniqueFloor refuses a second floor under one service: each would take the other's
// for somebody else's.
func uniqueFloor(d *document, seen map[string]string, p *v1alpha1.ScalingPolicy) {
	e, w := p.Spec.Publish.ECS, p.Spec.Workload
	if e == nil || e.Floor == nil || w == nil || w.ECS == nil || d.faulty("spec.workload") {
		return
	}
	id := w.ECS.Provider + "/" + w.ECS.Cluster + "/" + w.ECS.Service
	name := p.Metadata.Namespace + "/" + p.Metadata.Name
	if first, ok := seen[id]; ok && first != name {
		d.check("spec.publish.ecs.floor", fmt.Sprintf("policy %s raises the floor of service %s/%s already; a service has one floor",
			first, w.ECS.Cluster, w.ECS.Service))
		return
	}
	seen[id] = name
}
