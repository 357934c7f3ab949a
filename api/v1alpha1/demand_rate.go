package v1alpha1

// RateDemand proposes what requests a second need: their level, looked ahead by the
// time that capacity takes, times a margin, over what one replica carries. For
// signals of kind Total. One of perReplica and capacity is set.
type RateDemand struct {
	// Signal is the name of a signal of this policy: requests a second.
	Signal string `json:"signal"`
	// PerReplica is how many a second one replica carries within the objective, above 0.
	PerReplica Number `json:"perReplica,omitempty"`
	// Capacity has that learned.
	Capacity *CapacityRule `json:"capacity,omitempty"`
	// StartUp is how long a replica takes from its order until it serves, 1s to 1h.
	// Absent: it is learned from the workload's starts; 60s until five were seen.
	StartUp *Duration `json:"startUp,omitempty"`
	// Churn is what a start and a stop cost beyond the start-up, in time of a replica
	// that is paid for, up to 24h; 5m by default. An idle replica is kept for as long.
	Churn *Duration `json:"churn,omitempty"`
	// Late is the share of requests that may be late, from which the margin is learned;
	// 0.1% by default.
	Late *Percent `json:"late,omitempty"`
	// Margin is a fixed factor of at least 1, in place of Late.
	Margin *Number `json:"margin,omitempty"`
}
