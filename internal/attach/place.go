package attach

import (
	"strings"

	"github.com/scaler-dev/scaler/internal/policy"
)

// Place is where a policy acts: a service of a cluster.
type Place struct {
	Policy  policy.ID
	Cluster string
	Service string
}

// Resource is the service as Application Auto Scaling names it.
func (p Place) Resource() string { return "service/" + p.Cluster + "/" + p.Service }

func (p Place) service() string { return p.Cluster + "/" + p.Service }

// Name is what the scaling policy of a ScalingPolicy is called: that is how it is
// known again, since scaling policies hold no tags.
func Name(id policy.ID) string { return "scaler/" + id.String() }

// ActionName is Name for a scheduled action, in whose names AWS allows no slash,
// colon or bar. Neither a namespace nor a name holds a dot.
func ActionName(id policy.ID) string { return strings.ReplaceAll(Name(id), "/", ".") }

// tagKey marks a scalable target that attach registered; the value is the policy.
// It is set with the registration alone, so that a target of somebody else never
// has it.
const tagKey = "scaler.dev/policy"

func isOurs(p Policy, id policy.ID) bool { return p.Name == Name(id) }

// isOurAction knows the name by which emulators take it, too.
func isOurAction(a Action, id policy.ID) bool {
	return a.Name == ActionName(id) || a.Name == Name(id)
}
