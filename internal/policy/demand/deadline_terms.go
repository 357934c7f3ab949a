package demand

import (
	"fmt"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// terms are the numbers of a proposal, in the order of its arithmetic.
func (d Deadline) terms(p policy.Proposal, q *estimate.Queue, s sight, seconds, sure, base, drain float64) []policy.Term {
	arrivals := policy.Term{Name: "arrivals", Value: q.Flow.Rate(), Unit: "/s"}
	if !s.hasArrivals {
		arrivals.Learned, arrivals.Note = true, "from the backlog and what replicas serve"
	}
	service := policy.Term{Name: "service time", Value: seconds, Unit: "s"}
	if d.ServiceTime == 0 {
		service.Learned, service.Sure = true, sure
		if sure == 0 {
			service.Note = "not known yet: assumed"
		}
	}
	terms := []policy.Term{
		{Name: "within", Value: d.Within.Seconds(), Unit: "s"},
		arrivals, service,
		s.startUp,
		{Name: "replicas for arrivals", Value: base},
		{Name: "replicas for the backlog", Value: drain},
	}
	return append(terms, d.limits(p, s)...)
}

// limits are terms of what no number of replicas changes.
func (d Deadline) limits(p policy.Proposal, s sight) []policy.Term {
	var terms []policy.Term
	if p.Reason == policy.ReasonGroups {
		terms = append(terms, policy.Term{
			Name: "message groups", Value: float64(d.MessageGroups), Note: "each is served in order: more replicas than groups find nothing to do",
		})
	}
	if d.InFlightLimit > 0 && (p.Reason == policy.ReasonInFlight || s.flying >= nearly*float64(d.InFlightLimit)) {
		terms = append(terms, policy.Term{
			Name: "in-flight limit", Value: float64(d.InFlightLimit),
			Note: fmt.Sprintf("%.0f are in flight; at the limit the queue hands out no more, whatever the replicas", s.flying),
		})
	}
	return terms
}
