package attach

import (
	"slices"
	"strings"
)

// Have is what there is at AWS.
type Have struct {
	// Service is nil if it does not exist, or was deleted.
	Service *Service
	// Target is nil if none is registered.
	Target *Target
	// Policies and Actions of the target, whoever made them.
	Policies []Policy
	Actions  []Action
	// Elsewhere are other resources that follow the same policy, as after the
	// document's service was changed.
	Elsewhere []string
}

// Service is how an ECS service stands.
type Service struct {
	Desired, Running, Pending int32
	// Deploying: AWS scales nothing in meanwhile.
	Deploying bool
	// Daemon: it runs a task on each instance, and nobody scales it.
	Daemon bool
}

// Target is a scalable target.
type Target struct {
	Min, Max int32
	// Owner is the policy that attach registered the target for; empty: somebody
	// else registered it, or it cannot be told.
	Owner string
	// Unread says why the owner cannot be told; empty: it can.
	Unread string
	// Suspended is what is not done at the moment, in AWS's order: in, out, scheduled.
	SuspendedIn, SuspendedOut, SuspendedScheduled bool
}

// Policy is a scaling policy.
type Policy struct {
	Name string
	Type string
	// Fields of a target-tracking policy.
	Fields []Field
	// Alarms are their names.
	Alarms []string
}

// Action is a scheduled action.
type Action struct {
	Name string
	// Min and Max are set by it, where they are not nil.
	Min, Max *int32
}

// Field is a part of a target-tracking policy, as people read it.
type Field struct{ Name, Value string }

// tracks says that it is of the type that attach puts.
func (p Policy) tracks() bool { return p.Type == tracking }

// divides says that AWS makes the metric by its own division.
func (p Policy) divides() bool {
	return slices.ContainsFunc(p.Fields, func(f Field) bool { return strings.HasPrefix(f.Name, mathPrefix) })
}

func (h Have) ours(p Place) *Policy {
	for i := range h.Policies {
		if isOurs(h.Policies[i], p.Policy) {
			return &h.Policies[i]
		}
	}
	return nil
}

func (h Have) ourActions(p Place) []Action {
	var out []Action
	for _, a := range h.Actions {
		if isOurAction(a, p.Policy) {
			out = append(out, a)
		}
	}
	return out
}

// foreign are the names of policies and scheduled actions that are not ours.
func (h Have) foreign(p Place) (policies []Policy, actions []Action) {
	for _, x := range h.Policies {
		if !isOurs(x, p.Policy) {
			policies = append(policies, x)
		}
	}
	for _, x := range h.Actions {
		if !isOurAction(x, p.Policy) {
			actions = append(actions, x)
		}
	}
	return policies, actions
}
