// Package runner holds the only loop: it polls sources, ticks the engine, hands
// decisions to sinks, takes in reloads and records.
package runner

import (
	"encoding/json"
	"time"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Pipeline is what the documents configured. A reload brings a new one.
type Pipeline struct {
	Hash string // of the documents
	// Policies are the documents that Spec was compiled of, as JSON, for those who
	// follow.
	Policies json.RawMessage
	Tick     time.Duration
	Spec     engine.Spec
	Polls    []Poll
	Looks    []Look
	Recalls  []Recall // each subject once
	Sinks    []Sink
}

// Poll is a source and how often it is fetched.
type Poll struct {
	Provider string
	Source   signals.Source
	Interval time.Duration
	Timeout  time.Duration
}

// Look is a source of workloads and how often it is asked.
type Look struct {
	Provider string
	Source   workload.Source
	Interval time.Duration
	Timeout  time.Duration
}

// Sink takes decisions: after every tick, or, with a period, once in each period
// of the wall clock and beside the loop.
type Sink struct {
	Name    string
	Sink    sinks.Sink
	Period  time.Duration // 0: every tick, in the loop; the sink only swaps memory
	Timeout time.Duration
}
