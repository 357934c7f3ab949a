package trial

import "time"

// Scores are what is told of a run.
type Scores struct {
	// Late is the share of what arrived that took longer than the objective.
	Late float64 `json:"late"`
	// Hours are billed replica-hours, start-up included.
	Hours float64 `json:"replicaHours"`
	// Over is by how much, as a share, they exceed the oracle's; a NaN where there is none.
	Over float64 `json:"-"`
	// WorstWait is the longest that anything took.
	WorstWait time.Duration `json:"worstWaitNs"`
	// LongestRun is the longest time in which something was late in every step.
	LongestRun time.Duration `json:"longestLateRunNs"`
	StartsADay float64       `json:"startsADay"`
}
