package generate

import (
	"fmt"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// commentOf explains each field that would surprise.
func commentOf(p *v1alpha1.ScalingPolicy, v Version) string {
	id := p.Metadata.Namespace + "/" + p.Metadata.Name
	out := fmt.Sprintf(`Policy %s decides how many replicas there are to be; this follows at once.
Waiting, limits and doubt are the policy's alone: done twice, they would add up.

metrics     The metric %s is the number of replicas itself, so averageValue is "1".
            While Scaler does not know it answers 503, and replicas stay.
behavior    stabilizationWindowSeconds 0: scaleOut and scaleIn of the policy wait already.
            policies: one of %d pods, which never binds. The largest number there is
            would overflow in the HPA's arithmetic.
`, id, p.Spec.Publish.ExternalMetric.Name, neverBinds)
	if v.has(ownTolerance) {
		out += fmt.Sprintf(`            tolerance 0: changes of 10 %% and less count too. Kubernetes %s has the field.
`, ownTolerance)
	}
	if leastOf(p, v) == 0 {
		out += fmt.Sprintf(`minReplicas 0, as in the policy: needs Kubernetes %s, where HPAScaleToZero is beta and on.
            The HPA wakes only what it put to sleep itself: a workload that somebody else
            scales to 0 stays there until somebody scales it to 1.
`, scaleToZero)
	}
	return out
}

// notesOf are what a version lacks, one note each.
func notesOf(p *v1alpha1.ScalingPolicy, v Version) []string {
	var out []string
	r := p.Spec.Replicas
	if !v.has(ownTolerance) {
		out = append(out, fmt.Sprintf("Kubernetes %s knows no behavior.tolerance, but behind the alpha feature gate HPAConfigurableTolerance of 1.33\n"+
			"and 1.34 (%s has it), so the HPA ignores changes of 10 %% and less.\n", v, ownTolerance)+
			lossOf(r.Min, r.Max).text(r.Min, r.Max))
	}
	if r.Min == 0 && !v.has(scaleToZero) {
		out = append(out, fmt.Sprintf("minReplicas is 1 and not the policy's 0: HPAScaleToZero is on from Kubernetes %s; before, it is an alpha\n"+
			"feature gate of kube-apiserver and kube-controller-manager. When the policy says 0, the HPA stays at 1.\n", scaleToZero))
	}
	return out
}
