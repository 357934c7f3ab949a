package v1alpha1

import "time"

// SeasonalDemand is a floor from what the last days had at this time of day, and, once
// there are two weeks, on weekdays or at weekends. It can only add, and does so only
// while it has earned its keep. For signals of kind Total. One of perReplica and
// capacity is set.
type SeasonalDemand struct {
	// Signal is the name of a signal of this policy.
	Signal string `json:"signal"`
	// PerReplica is what one replica handles of it, above 0.
	PerReplica Number `json:"perReplica,omitempty"`
	// Capacity has that learned.
	Capacity *CapacityRule `json:"capacity,omitempty"`
	// StartUp is how long a replica takes from its order until it is ready, and how
	// far ahead the floor looks, 1s to 1h. Absent: it is learned from the workload's
	// starts; 60s until five were seen.
	StartUp *Duration `json:"startUp,omitempty"`
	// Period after which the traffic repeats itself, in whole minutes, 1m to 24h; a day
	// by default. What is said of days then goes for periods.
	Period *Duration `json:"period,omitempty"`
}

const wholeDay = 24 * time.Hour

func (r *SeasonalDemand) setDefaults() {
	r.Period = orDefault(r.Period, Duration{wholeDay})
}
