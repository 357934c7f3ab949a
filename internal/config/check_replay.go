package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/nearest"
)

// checkReplay adds what only the replayed policy shows: signals that it does not
// have, and signals that nothing is bound to.
func checkReplay(d *document, r *v1alpha1.Replay, docs []*document, whole bool) {
	found, names := replayed(r, docs)
	switch {
	case r.Spec.Policy == "" && len(names) > 1:
		d.check("spec.policy", "is required: the documents have more than one policy")
		return
	case found == nil && whole:
		d.check("spec.policy", "no document has the policy "+strconv.Quote(r.Spec.Policy)+"; "+nearest.Hint(r.Spec.Policy, names)+"policies are "+strings.Join(names, ", "))
		return
	case found == nil:
		return
	}
	checkBindings(d, r, found)
}

// replayed is the policy that is meant, if it is there, and the names of all.
func replayed(r *v1alpha1.Replay, docs []*document) (found *v1alpha1.ScalingPolicy, names []string) {
	for _, other := range docs {
		if p, ok := other.object.(*v1alpha1.ScalingPolicy); ok {
			name := p.Metadata.Namespace + "/" + p.Metadata.Name
			names = append(names, name)
			if name == r.Spec.Policy || r.Spec.Policy == "" && found == nil {
				found = p
			}
		}
	}
	return found, names
}

func checkBindings(d *document, r *v1alpha1.Replay, found *v1alpha1.ScalingPolicy) {
	known := map[string]*v1alpha1.Signal{}
	for i := range found.Spec.Signals {
		known[found.Spec.Signals[i].Name] = &found.Spec.Signals[i]
	}
	for _, name := range slices.Sorted(maps.Keys(r.Spec.Bind)) {
		if known[name] == nil {
			d.check(v1alpha1.Key("spec.bind", name), "the policy has no such signal; "+nearest.Hint(name, slices.Sorted(maps.Keys(known)))+"signals are "+strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if s := known[name]; s.SQS == nil && s.ALB == nil && r.Spec.Bind[name] == "" {
			d.check("spec.bind", "signal "+name+" has no binding; say what of the model it reads, as in "+name+": arrivals")
		}
	}
}
