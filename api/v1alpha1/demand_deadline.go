package v1alpha1

// DeadlineDemand proposes the replicas that start every message of a queue within a
// time. It needs the workload.
type DeadlineDemand struct {
	// Backlog is the name of the signal that counts the messages that wait.
	Backlog string `json:"backlog"`
	// InFlight is the name of the signal that counts the messages being served.
	// Without it there is always a replica.
	InFlight string `json:"inFlight,omitempty"`
	// OldestAge is the name of the signal that says, in seconds, how old the oldest
	// message that waits is.
	OldestAge string `json:"oldestAge,omitempty"`
	// Arrivals is the name of the signal that says how many messages a second come.
	// Without it they are told from the backlog and what replicas serve.
	Arrivals string `json:"arrivals,omitempty"`
	// Within is the time in which every message is to be started, 1s to 24h.
	Within Duration `json:"within"`
	// ServiceTime of a message, 1ms to 12h. Absent: it is learned, from
	// arrivals.
	ServiceTime Duration `json:"serviceTime,omitzero"`
	// Concurrency is how many messages a replica serves at once; 1 by default.
	Concurrency Number `json:"concurrency,omitempty"`
	// StartUp is how long a new replica takes from its order until it serves, 1s to 1h.
	// Absent: it is learned from the workload's starts; 60s until five were seen.
	StartUp Duration `json:"startUp,omitzero"`
	// MessageGroups of a FIFO queue: so many messages can be served at once at most.
	// Absent: any number.
	MessageGroups *int32 `json:"messageGroups,omitempty"`
}
