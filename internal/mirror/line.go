// Package mirror carries a leader's ticks to the replicas that follow it: one
// snapshot of what its engine remembers, then every tick, as JSON lines over TLS
// with certificates on both ends. Those who follow step the same ticks through the
// same engine.
package mirror

import (
	"encoding/json"
	"time"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/signals"
)

// line is one line of a stream; exactly one member is set. A stream begins with
// Hello, Documents and State; then come ticks, and Documents again at a reload of
// the leader, which goes on from what the engine remembers.
type line struct {
	Hello     *hello        `json:"hello,omitempty"`
	Documents *Documents    `json:"documents,omitempty"`
	State     *engine.State `json:"state,omitempty"`
	Tick      *engine.Tick  `json:"tick,omitempty"`
}

// hello tells the leader's present instant: what sets its monotonic clock in
// relation to that of whoever reads it.
type hello struct {
	Now signals.Instant `json:"now"`
}

// Documents are what the leader's engine was made of.
type Documents struct {
	Hash string        `json:"hash"`
	Tick time.Duration `json:"tickNs"`
	// Policies are the ScalingPolicies of the shard.
	Policies json.RawMessage `json:"policies"`
}
