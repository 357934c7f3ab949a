// Package engine is the whole core: what arrived since the last tick goes in,
// decisions come out. It is pure; the daemon and replay call the same Step.
package engine

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Tick is everything a step depends on: the instant, what arrived since the last
// one, what workloads looked like, and what a human lifted.
type Tick struct {
	Now       signals.Instant        `json:"now"`
	Outcomes  []signals.Outcome      `json:"outcomes,omitempty"`
	Workloads []workload.Observation `json:"workloads,omitempty"`
	// Lift names providers whose mass guard a human lifted.
	Lift []string `json:"lift,omitempty"`
	// Past is what providers remember of subjects that a policy was cold of.
	Past []signals.Past `json:"past,omitempty"`
}

// Spec is what an engine evaluates.
type Spec struct {
	Subjects []Subject
	Policies []Policy
}

// Subject is what is fetched, and how often.
type Subject struct {
	signals.Subject
	Interval time.Duration
}

// Policy is a policy with the signals and the workload it looks at.
type Policy struct {
	ID      policy.ID
	Policy  policy.Policy
	Signals []Signal
	// Workload it scales; nil: none.
	Workload *workload.ID
}

// Signal is a subject under a policy's own name and rules.
type Signal struct {
	Name    string
	Subject signals.Subject
	Rules   signals.Rules
	// Shared says that the subject is a total, of which the signal is each ready
	// replica's share, by the count of the policy's workload.
	Shared bool
	// Recall says that a demand wants to know the signal's last days.
	Recall bool
}
