package compile

import (
	"cmp"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// usual is what an auto's floor is called: no demand of a user's can be.
const usual = ".usual"

// autoOf are the demands that an auto stands for: what follows the traffic, under its
// name, and the floor.
func autoOf(name string, a v1alpha1.AutoDemand, spec v1alpha1.ScalingPolicySpec) []policy.NamedDemand {
	period := a.Period.Duration
	if r := a.Requests; r != nil {
		follows := rateOf(*r, spec)
		return []policy.NamedDemand{
			{Name: name, Demand: follows, Floor: name + usual},
			floorOf(name, demand.Seasonal{Signal: r.Signal, Known: follows.Known, Period: period}),
		}
	}
	q := a.Queue
	follows := deadlineOf(*q, spec)
	parts := []policy.NamedDemand{{Name: name, Demand: follows}}
	if q.Arrivals == "" || q.ServiceTime.Duration == 0 || q.Within.Duration >= enough(cmp.Or(follows.StartUp, estimate.PriorStartUp)) {
		return parts
	}
	known := demand.Learned{StartUp: follows.StartUp}
	known.Capacity.Fixed = float64(q.Concurrency) / q.ServiceTime.Seconds()
	return append(parts, floorOf(name, demand.Seasonal{Signal: q.Arrivals, Known: known, Period: period}))
}

// enough is how long a message must be able to wait for a queue to need no replicas before
// it comes: a start-up until they serve, and half of one, or two polls, for them to serve in.
func enough(startUp time.Duration) time.Duration { return startUp + max(startUp/2, 30*time.Second) }

func floorOf(name string, s demand.Seasonal) policy.NamedDemand {
	s.Known.Lent = true
	return policy.NamedDemand{Name: name + usual, Demand: s, With: name}
}
