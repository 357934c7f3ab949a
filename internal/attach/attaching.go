package attach

import (
	"fmt"
	"strings"
)

// Attach plans what makes a service follow a policy. UpdateRange changes the range
// of a scalable target that attach did not register, too. An error is an *Error:
// nothing is to be done then.
func Attach(w Want, h Have, updateRange bool) (Plan, error) {
	var p Plan
	if err := scalable(w.Place, h); err != nil {
		return p, err
	}
	step, err := target(w, h, updateRange)
	if err != nil {
		return p, err
	}
	p.add(step)
	if step, err = scalingPolicy(w, h); err != nil {
		return p, err
	}
	p.add(step)
	for _, a := range h.ourActions(w.Place) {
		p.add(Step{Verb: Keep, Kind: KindAction, Name: a.Name, Detail: "of the capacity floor, which the daemon keeps"})
	}
	p.tell(h, w.Place)
	p.warn(w, h)
	return p, nil
}

func scalable(place Place, h Have) error {
	if h.Service == nil {
		return &Error{
			fmt.Sprintf("the service %s does not exist", place.service()),
			"check cluster and service in spec.workload.ecs of " + place.Policy.String() + ", and the region of their SignalProvider",
		}
	}
	if h.Service.Daemon {
		return &Error{fmt.Sprintf("the service %s runs a task on each instance (DAEMON)", place.service()), "Application Auto Scaling scales services with the REPLICA strategy only"}
	}
	return nil
}

// target is the step of the scalable target.
func target(w Want, h Have, updateRange bool) (Step, error) {
	s := Step{Kind: KindTarget, Name: w.Resource()}
	if h.Target == nil {
		s.Verb, s.Detail, s.min, s.max = Register, tasks(w.Min, w.Max), &w.Min, &w.Max
		return s, within(w, h.Service.Desired, w.Min, w.Max)
	}
	least := w.Min
	if floor(w, h) {
		least = h.Target.Min // the daemon's to lower again
	}
	s.Verb, s.Detail = Keep, tasks(h.Target.Min, h.Target.Max)
	if least == h.Target.Min && w.Max == h.Target.Max {
		return s, nil
	}
	if err := mayUpdate(w, h, least, updateRange); err != nil {
		return s, err
	}
	s.Verb, s.Detail = Update, tasks(least, w.Max)
	if least != h.Target.Min {
		s.min = &least
		s.Changes = append(s.Changes, Change{"min", count(h.Target.Min), count(least)})
	}
	if w.Max != h.Target.Max {
		s.max = &w.Max
		s.Changes = append(s.Changes, Change{"max", count(h.Target.Max), count(w.Max)})
	}
	return s, nil
}

// floor says that the daemon holds the minimum up at the moment.
func floor(w Want, h Have) bool {
	return len(h.ourActions(w.Place)) > 0 && h.Target.Min > w.Min
}

// floorBase is the minimum that the floor goes back to; nil: it is not raised.
func floorBase(w Want, h Have) *int32 {
	if !floor(w, h) {
		return nil
	}
	return h.ourActions(w.Place)[0].Min
}

// mayUpdate refuses to change a range that is somebody else's, or that the service
// stands outside of.
func mayUpdate(w Want, h Have, least int32, updateRange bool) error {
	now := fmt.Sprintf("the scalable target of %s has %s, and the policy %s", w.service(), tasks(h.Target.Min, h.Target.Max), tasks(w.Min, w.Max))
	if least > w.Max {
		return &Error{now + ": the capacity floor holds the minimum up", "try again when the daemon has lowered it"}
	}
	if _, actions := h.foreign(w.Place); len(actions) > 0 {
		return &Error{now + ", and scheduled actions of somebody else change it", "give spec.replicas the widest range that the actions set, or register that range where the actions are kept"}
	}
	if h.Target.Owner != w.Policy.String() && !updateRange {
		return &Error{now + "; attach did not register it" + because(h.Target.Unread), "change the range where it is kept, or spec.replicas of the policy; --update-range changes it here"}
	}
	return within(w, h.Service.Desired, least, w.Max)
}

func because(unread string) string {
	if unread == "" {
		return ""
	}
	return ", as far as can be told (" + unread + ")"
}

// within refuses what would move the service at once.
func within(w Want, desired, least, most int32) error {
	if desired >= least && desired <= most {
		return nil
	}
	to := max(least, min(desired, most))
	return &Error{
		fmt.Sprintf("the service %s has a desired count of %d, outside the policy's %d to %d: with the range, AWS would set it to %d at once", w.service(), desired, least, most, to),
		fmt.Sprintf("change spec.replicas, or move the service yourself first: aws ecs update-service --cluster %s --service %s --desired-count %d", w.Cluster, w.Service, to),
	}
}

// scalingPolicy is the step of the target-tracking policy.
func scalingPolicy(w Want, h Have) (Step, error) {
	want := fields(configuration(w))
	s := Step{Verb: Put, Kind: KindPolicy, Name: Name(w.Policy)}
	have := h.ours(w.Place)
	switch {
	case have == nil:
		s.Changes = diff(nil, want)
	case !have.tracks():
		return s, &Error{fmt.Sprintf("the scaling policy %s is of type %s, and was not put by attach", s.Name, short(have.Type)), "remove it, or give it another name: names that begin with scaler/ are Scaler's"}
	default:
		if s.Changes = diff(have.Fields, want); len(s.Changes) == 0 {
			s.Verb = Keep
		}
	}
	s.Detail = summary(w)
	return s, nil
}

func summary(w Want) string {
	if w.Math {
		return "follows DesiredReplicas ÷ DesiredTaskCount, which AWS divides"
	}
	return "follows Utilization"
}

// warn tells what else will hold the service.
func (p *Plan) warn(w Want, h Have) {
	policies, actions := h.foreign(w.Place)
	for _, e := range h.Elsewhere {
		p.note("%s is attached to %s as well, which follows it, too: detach it there, with the document that named it", w.Policy, short(e))
	}
	if len(policies) > 0 {
		p.note("%s on the target as well: AWS scales out if any policy says so, and in only if all agree", others(policies))
	}
	if len(actions) > 0 && h.Target != nil {
		p.note("scheduled actions of somebody else move the target's range")
	}
	if h.Target == nil {
		return
	}
	if base := floorBase(w, h); base != nil && *base != w.Min {
		p.note("the capacity floor holds the minimum up and lowers it to %d again: attach once more then, for the policy's %d", *base, w.Min)
	}
	if h.Target.Min == w.Min && h.Target.Max == w.Max && within(w, h.Service.Desired, w.Min, w.Max) != nil {
		p.note("the service has a desired count of %d, outside its range: the next update of the target, by whomever, moves it inside", h.Service.Desired)
	}
	if s := suspended(*h.Target); len(s) > 0 {
		p.note("%s suspended on the target, and stays so", strings.Join(s, ", "))
	}
}

func others(policies []Policy) string {
	if len(policies) == 1 {
		return "the policy " + short(policies[0].Name) + " is"
	}
	return fmt.Sprintf("%d policies of somebody else are", len(policies))
}

func suspended(t Target) []string {
	var out []string
	if t.SuspendedOut {
		out = append(out, "scale-out")
	}
	if t.SuspendedIn {
		out = append(out, "scale-in")
	}
	if t.SuspendedScheduled {
		out = append(out, "scheduled scaling")
	}
	return out
}
