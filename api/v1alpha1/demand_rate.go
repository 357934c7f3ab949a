package v1alpha1

// RateDemand proposes what requests a second need: their level, looked ahead by the
// time that capacity takes, times a margin, over what one replica carries. For
// signals of kind Total.
type RateDemand struct {
	// Signal is the name of a signal of this policy: requests a second.
	Signal string `json:"signal"`
	// PerReplica is how many a second one replica carries within the objective, above 0.
	PerReplica Number `json:"perReplica"`
	// StartUp is how long a replica takes from its order until it serves; 60s by
	// default.
	StartUp *Duration `json:"startUp,omitzero"`
	// Late is the share of requests that may be late, from which the margin is learned;
	// 0.1% by default.
	Late *Percent `json:"late,omitempty"`
	// Margin is a fixed factor of at least 1, in place of Late.
	Margin *Number `json:"margin,omitempty"`
}
