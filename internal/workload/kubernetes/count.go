package kubernetes

import (
	appsv1 "k8s.io/api/apps/v1"
)

// absurd is a number of replicas that no cluster has.
const absurd = 1_000_000

// count is what is kept of an object; the object itself is not.
type count struct {
	ordered, ready int32
	deploying      bool
}

// valid tells whether a cluster can have such numbers.
func (c count) valid() bool {
	return min(c.ordered, c.ready) >= 0 && max(c.ordered, c.ready) <= absurd
}

// countOf tells the replicas of a Deployment or a StatefulSet; false: it is neither.
func countOf(object any) (count, bool) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return ofDeployment(o), true
	case *appsv1.StatefulSet:
		return ofStatefulSet(o), true
	default:
		return count{}, false
	}
}

// ofDeployment: a rollout is under way until the controller has seen the latest
// spec, every pod is of its template, and no other pod is left.
func ofDeployment(d *appsv1.Deployment) count {
	s, ordered := &d.Status, orderedOf(d.Spec.Replicas)
	return count{
		ordered: ordered, ready: s.ReadyReplicas,
		deploying: s.ObservedGeneration < d.Generation || s.UpdatedReplicas < ordered || s.Replicas > s.UpdatedReplicas,
	}
}

// ofStatefulSet: a rollout is under way until the controller has seen the latest
// spec and every pod above the partition is of its revision.
func ofStatefulSet(s *appsv1.StatefulSet) count {
	ordered, held := orderedOf(s.Spec.Replicas), int32(0)
	if u := s.Spec.UpdateStrategy.RollingUpdate; u != nil && u.Partition != nil {
		held = *u.Partition
	}
	behind := s.Status.UpdateRevision != s.Status.CurrentRevision && s.Status.UpdatedReplicas < ordered-held
	return count{
		ordered: ordered, ready: s.Status.ReadyReplicas,
		deploying: s.Status.ObservedGeneration < s.Generation || behind,
	}
}

// orderedOf is 1 where nothing is said, as Kubernetes has it.
func orderedOf(replicas *int32) int32 {
	if replicas == nil {
		return 1
	}
	return *replicas
}
