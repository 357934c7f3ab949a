package cost

import (
	"time"

	"github.com/scaler-dev/scaler/internal/awsx"
)

// Kind is what calls are made for.
type Kind string

// The kinds of use.
const (
	Read    Kind = "read"    // signals
	Look    Kind = "look"    // workloads
	Publish Kind = "publish" // decisions
)

// Use is what calls AWS again and again: a poll, a look, a publication.
type Use struct {
	Kind     Kind
	Provider string
	// Account tells apart whose limits and price tiers count: a role's account, or ""
	// for that of Scaler's own credentials. It is shown to nobody.
	Account  string
	Region   string
	Interval time.Duration
	Calls    awsx.Calls
}

// Usage is how documents use AWS, and how they would without sharing.
type Usage struct {
	// Uses are what runs: shared, in batches.
	Uses []Use
	// Single is the same with a call for each signal and poll, each policy's workload,
	// and each policy's decision.
	Single []Use
	// Inline reads each signal's metrics where the HPA asks, as an adapter without a
	// memory does.
	Inline []Use
	// Tracked are the policies that a target-tracking policy of ECS is meant to follow;
	// each keeps two alarms.
	Tracked int
	// Notes tell what is not counted.
	Notes []string
}

// The pace of an adapter that asks AWS within each read of the HPA, with KEDA's and
// Kubernetes' defaults.
const (
	InlinePoll = 30 * time.Second
	InlineSync = 15 * time.Second
)
