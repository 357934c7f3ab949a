//go:build !nok8s

package doctor

import (
	"context"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/internal/kube"
)

// workloads tells whether the Deployments and StatefulSets of policies are there.
func (c Cluster) workloads(ctx context.Context) []Finding {
	var found []Finding
	for _, p := range c.Policies {
		w := p.Spec.Workload
		switch {
		case w == nil:
		case w.Deployment != nil:
			found = append(found, c.workload(ctx, "deployment", p.Metadata.Namespace, w.Deployment.Name))
		case w.StatefulSet != nil:
			found = append(found, c.workload(ctx, "statefulset", p.Metadata.Namespace, w.StatefulSet.Name))
		}
	}
	if found == nil {
		return []Finding{finding("workloads", Skip, "", "no policy names a workload of this cluster")}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return strings.Compare(a.Check, b.Check) })
	return slices.Compact(found)
}

func (c Cluster) workload(ctx context.Context, kind, namespace, name string) Finding {
	check := "workload " + kind + "/" + namespace + "/" + name
	var ordered, ready int32
	err := within(ctx, func(ctx context.Context) error {
		if kind == "deployment" {
			d, err := c.Client.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
			if err == nil {
				ordered, ready = orderedOf(d.Spec.Replicas), d.Status.ReadyReplicas
			}
			return err
		}
		s, err := c.Client.AppsV1().StatefulSets(namespace).Get(ctx, name, metav1.GetOptions{})
		if err == nil {
			ordered, ready = orderedOf(s.Spec.Replicas), s.Status.ReadyReplicas
		}
		return err
	})
	switch {
	case apierrors.IsNotFound(err):
		return finding(check, Fail, "check the name in spec.workload of its policy, and the policy's namespace", "it does not exist")
	case err != nil:
		return finding(check, Fail, "scaler generate rbac prints the right that this needs", "%s", kube.Why(err))
	}
	return finding(check, OK, "", "%d ordered, %d ready", ordered, ready)
}

// orderedOf is 1 where nothing is said, as Kubernetes has it.
func orderedOf(replicas *int32) int32 {
	if replicas == nil {
		return 1
	}
	return *replicas
}
