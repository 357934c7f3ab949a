package v1alpha1

// Demand is a rule that turns signals into a proposal in replicas.
type Demand struct {
	// Name is a DNS label, unique in its policy.
	Name string `json:"name"`

	DemandRule `json:",inline" union:"one of auto, perReplica, ratio, rate, deadline, seasonal, schedule, expression"`
}

// DemandRule is the kind of demand. Exactly one member is set.
type DemandRule struct {
	// Auto follows the traffic and the days before, with nothing to tune.
	Auto *AutoDemand `json:"auto,omitempty"`
	// PerReplica proposes the signal divided by what one replica handles.
	PerReplica *PerReplicaDemand `json:"perReplica,omitempty"`
	// Ratio proposes ready replicas times the signal over its target.
	Ratio *RatioDemand `json:"ratio,omitempty"`
	// Rate proposes what requests a second need until more replicas can be ready.
	Rate *RateDemand `json:"rate,omitempty"`
	// Schedule proposes a floor in a window of time.
	Schedule *ScheduleDemand `json:"schedule,omitempty"`
	// Seasonal proposes a floor from the last days at this time of day.
	Seasonal *SeasonalDemand `json:"seasonal,omitempty"`
	// Deadline proposes what starts every message of a queue within a time.
	Deadline *DeadlineDemand `json:"deadline,omitempty"`
	// Expression proposes what CEL over signals["name"] gives.
	Expression string `json:"expression,omitempty"`
}

// PerReplicaDemand proposes ceil(signal / amount). For signals of kind Total. One of
// amount and capacity is set.
type PerReplicaDemand struct {
	// Signal is the name of a signal of this policy.
	Signal string `json:"signal"`
	// Amount that one replica handles, above 0.
	Amount Number `json:"amount,omitempty"`
	// Capacity has the amount learned.
	Capacity *CapacityRule `json:"capacity,omitempty"`
}

// RatioDemand proposes ceil(ready replicas × signal / target). For signals of
// kind PerReplica.
type RatioDemand struct {
	// Signal is the name of a signal of this policy.
	Signal string `json:"signal"`
	// Target for the signal, above 0. A duration counts as seconds.
	Target Number `json:"target"`
	// MayLower is true by default. False makes a guard: it may add replicas and
	// never remove any.
	MayLower *bool `json:"mayLower,omitempty"`
	// Tolerance around the target within which nothing changes; 10% by default.
	Tolerance *Percent `json:"tolerance,omitempty"`
	// MaxAdd is how far a guard may go above the other demands; 50% by default.
	MaxAdd *Percent `json:"maxAdd,omitempty"`
}

// ScheduleDemand is a floor within a window of time. It can only add.
type ScheduleDemand struct {
	// Start of the window as a cron expression of five fields.
	Start string `json:"start"`
	// End of the window as a cron expression of five fields.
	End string `json:"end"`
	// TimeZone of both, as in Europe/Berlin; UTC by default.
	TimeZone string `json:"timeZone,omitempty"`
	// Replicas of the floor.
	Replicas int32 `json:"replicas"`
}
