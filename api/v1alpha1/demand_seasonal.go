package v1alpha1

import "time"

// SeasonalDemand is a floor from what the last days had at this time of day, and, once
// there are two weeks, on weekdays or at weekends. It can only add, and does so only
// while it has earned its keep. For signals of kind Total.
type SeasonalDemand struct {
	// Signal is the name of a signal of this policy.
	Signal string `json:"signal"`
	// PerReplica is what one replica handles of it, above 0.
	PerReplica Number `json:"perReplica"`
	// StartUp is how long a replica takes from its order until it is ready, and how
	// far ahead the floor looks; 60s by default.
	StartUp *Duration `json:"startUp,omitempty"`
}

func (r *SeasonalDemand) setDefaults() {
	r.StartUp = orDefault(r.StartUp, Duration{time.Minute})
}
