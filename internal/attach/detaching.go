package attach

import "fmt"

// Detach plans to remove what attach and the daemon made, and nothing else.
func Detach(place Place, h Have) Plan {
	var p Plan
	held := p.floor(place, &h)
	if ours := h.ours(place); ours != nil {
		if ours.tracks() {
			p.add(Step{Verb: Delete, Kind: KindPolicy, Name: ours.Name, Detail: "with its alarms, which are AWS's to delete"})
		} else {
			p.add(Step{Verb: Keep, Kind: KindPolicy, Name: ours.Name, Detail: "of type " + ours.Type + ", which attach does not put"})
			held = true
		}
	}
	p.tell(h, place)
	if h.Target != nil {
		p.add(deregistration(place, h, held))
	}
	if p.Changes() && h.Service != nil {
		p.note("the service stays at %d tasks, and nothing of Scaler's moves it any more", h.Service.Desired)
	}
	return p
}

// floor takes the capacity floor away: first the minimum that the scheduled action
// would restore, so that nothing stays up if the rest fails. What there is, is then
// with that minimum.
func (p *Plan) floor(place Place, h *Have) (held bool) {
	for _, a := range h.ourActions(place) {
		if h.Target != nil && a.Min != nil && *a.Min < h.Target.Min {
			if h.Service != nil && h.Service.Desired > h.Target.Max {
				p.add(Step{Verb: Keep, Kind: KindAction, Name: a.Name, Detail: fmt.Sprintf("restores the minimum at its time; now, AWS would cut the service from %d to %d tasks", h.Service.Desired, h.Target.Max)})
				held = true
				continue
			}
			p.add(Step{
				Verb: Update, Kind: KindTarget, Name: place.Resource(), Detail: "the minimum before the capacity floor",
				Changes: []Change{{"min", count(h.Target.Min), count(*a.Min)}}, min: a.Min,
			})
			restored := *h.Target
			restored.Min = *a.Min
			h.Target = &restored
		}
		p.add(Step{Verb: Delete, Kind: KindAction, Name: a.Name, Detail: "of the capacity floor"})
		p.note("a daemon that runs with publish.ecs.floor puts it again: end that first")
	}
	return held
}

// deregistration removes a target that attach registered, if nobody else has
// something on it: policies and scheduled actions go with their target.
func deregistration(place Place, h Have, held bool) Step {
	s := Step{Verb: Keep, Kind: KindTarget, Name: place.Resource()}
	policies, actions := h.foreign(place)
	switch {
	case h.Target.Unread != "":
		s.Detail = "who registered it cannot be told: " + h.Target.Unread
	case h.Target.Owner == "":
		s.Detail = "somebody else registered it: its range stays " + tasks(h.Target.Min, h.Target.Max)
	case h.Target.Owner != place.Policy.String():
		s.Detail = "registered for the policy " + short(h.Target.Owner)
	case len(policies)+len(actions) > 0:
		s.Detail = "what is of somebody else would go with it"
	case held:
		s.Detail = "what is kept would go with it"
	default:
		s.Verb, s.Detail = Deregister, "attach registered it"
	}
	return s
}
