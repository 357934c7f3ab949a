package v1alpha1

// CapacityRule has what one replica carries learned: the largest share of the
// demand's signal at which the latency stayed within its objective.
type CapacityRule struct {
	// Latency is the name of a signal of this policy, of kind PerReplica, in seconds:
	// a p95, say.
	Latency string `json:"latency"`
	// Within is the objective for it, above 0.
	Within Duration `json:"within"`
	// Start is what a replica is taken to carry at first, until its latency says
	// otherwise. Without it the demand is unknown until something is learned.
	Start Number `json:"start,omitempty"`
}
