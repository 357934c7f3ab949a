// Package signals holds what Scaler knows of the outside world: outcomes of
// fetches, kept in bounded rings, and observations as pure functions of them.
//
// It does no I/O and reads no clock. Its leaves (sqs, cloudwatch, prometheus,
// httpjson, trace) do the fetching.
package signals

import (
	"cmp"
	"time"
)

// Instant is a point in time on two clocks: the wall clock, for people and for
// comparing with what providers say, and the process's monotonic clock, for ages
// that no clock step changes.
type Instant struct {
	Wall time.Time     `json:"wall"`
	Mono time.Duration `json:"monoNs"`
}

// Sample is a value and the instant when it was true, which is not when it was
// read. A zero At stands for the end of the fetch.
type Sample struct {
	At    time.Time `json:"at,omitzero"`
	Value float64   `json:"value"`
}

// Subject is what is fetched: a provider and, in a canonical form, what is read
// from it. Signals that name the same subject share one fetch.
type Subject struct {
	Provider string `json:"provider"`
	Query    string `json:"query"`
}

// Compare orders subjects by provider, then query.
func (s Subject) Compare(o Subject) int {
	return cmp.Or(cmp.Compare(s.Provider, o.Provider), cmp.Compare(s.Query, o.Query))
}

// String names the subject for people.
func (s Subject) String() string { return s.Provider + "/" + s.Query }

// Outcome is what one fetch of a subject gave: samples, oldest first, or an
// error.
type Outcome struct {
	Subject Subject  `json:"subject"`
	At      Instant  `json:"at"` // the end of the fetch; stamped by the caller of Fetch
	Samples []Sample `json:"samples,omitempty"`
	Err     *Error   `json:"err,omitempty"`

	// Sentinel is when another number of the same answer was last true, if it
	// proves that an absent datapoint means zero. A zero At in it stands for the
	// end of the fetch. Only with Err's reason Absent.
	Sentinel *Sentinel `json:"sentinel,omitempty"`
	// RaiseOnly marks samples whose true age is not known: they may never lower.
	RaiseOnly bool `json:"raiseOnly,omitempty"`
	// Skew is the provider's clock minus ours, where an answer told.
	Skew time.Duration `json:"skewNs,omitempty"`
}

// Sentinel is when another number of the same answer was last true.
type Sentinel struct {
	At time.Time `json:"at,omitzero"`
}

// Kind says how a signal depends on the number of replicas.
type Kind string

// The kinds of signals.
const (
	// Total falls to each replica's share when replicas are added, so that a held
	// value keeps the answer.
	Total Kind = "Total"
	// PerReplica is an average or a level already; holding it would compound.
	PerReplica Kind = "PerReplica"
)

// Rules are one signal's own rules for the samples of its subject.
type Rules struct {
	Kind     Kind
	FreshFor time.Duration // age up to which the newest sample may lower
	HoldFor  time.Duration // age up to which a sample counts at all
	Min, Max float64       // values outside are invalid
	// AbsentIsZero takes an absent datapoint for zero while a sentinel of the same
	// outcome is fresh.
	AbsentIsZero bool
}

// MaxValue is the largest value that a signal may have and that is served: above
// 9.223e15 the HorizontalPodAutoscaler reads garbage, mostly 0.
const MaxValue = 9.2e15
