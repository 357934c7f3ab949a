// Package workload holds what is known of the things being scaled. Its leaves
// (ecs, fixed) ask for it; the root is types only and pure.
package workload

import (
	"cmp"
	"context"
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// ID names a workload: the provider that knows it, and its name there.
type ID struct {
	Provider string `json:"provider,omitempty"`
	Name     string `json:"name"`
}

// Compare orders workloads by provider, then name.
func (id ID) Compare(o ID) int {
	return cmp.Or(cmp.Compare(id.Provider, o.Provider), cmp.Compare(id.Name, o.Name))
}

// String names the workload for people.
func (id ID) String() string {
	if id.Provider == "" {
		return id.Name
	}
	return id.Provider + "/" + id.Name
}

// Observation is what one look at a workload gave: its replicas, or an error.
type Observation struct {
	ID ID              `json:"id"`
	At signals.Instant `json:"at"` // the end of the look; stamped by the caller of Observe
	// Ordered replicas: what the orchestrator was last asked for.
	Ordered int32 `json:"ordered"`
	// Ready replicas serve now.
	Ready int32 `json:"ready"`
	// Pending tasks were asked for and do not run yet.
	Pending int32 `json:"pending,omitempty"`
	// Deploying says that a deployment is in progress.
	Deploying bool           `json:"deploying,omitempty"`
	Err       *signals.Error `json:"err,omitempty"`
}

// Source looks at the workloads of one provider, as signals.Source does for
// subjects: an observation for each, without At; an error, of type
// *signals.Error, for all that have none.
type Source interface {
	Workloads() []ID
	Observe(ctx context.Context) ([]Observation, error)
}

// Rules for the age of an observation.
const (
	Interval = 15 * time.Second
	FreshFor = 3 * Interval
)
