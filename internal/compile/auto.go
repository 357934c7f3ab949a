package compile

import (
	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// usual is what an auto's floor is called: no demand of a user's can be.
const usual = ".usual"

// partsOf are the demands that a demand stands for: auto for several, any other for
// itself.
func partsOf(d v1alpha1.Demand) []v1alpha1.Demand {
	if d.Auto == nil {
		return []v1alpha1.Demand{d}
	}
	if r := d.Auto.Requests; r != nil {
		return []v1alpha1.Demand{
			{Name: d.Name, DemandRule: v1alpha1.DemandRule{Rate: r}},
			floorOf(d.Name, v1alpha1.SeasonalDemand{Signal: r.Signal, PerReplica: r.PerReplica, StartUp: r.StartUp}),
		}
	}
	q := d.Auto.Queue
	parts := []v1alpha1.Demand{{Name: d.Name, DemandRule: v1alpha1.DemandRule{Deadline: q}}}
	if q.Arrivals == "" || q.ServiceTime.Duration == 0 || q.Within.Duration > patience*q.StartUp.Duration {
		return parts
	}
	carries := v1alpha1.Number(float64(q.Concurrency) / q.ServiceTime.Seconds())
	return append(parts, floorOf(d.Name, v1alpha1.SeasonalDemand{Signal: q.Arrivals, PerReplica: carries, StartUp: &q.StartUp}))
}

// patience is how many start-ups a message must be able to wait for a queue to need no
// replicas before it comes.
const patience = 2

func floorOf(name string, s v1alpha1.SeasonalDemand) v1alpha1.Demand {
	return v1alpha1.Demand{Name: name + usual, DemandRule: v1alpha1.DemandRule{Seasonal: &s}}
}
