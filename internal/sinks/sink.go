// Package sinks makes decisions visible to autoscalers. Its leaves are the kinds
// of sinks.
package sinks

import (
	"context"

	"github.com/scaler-dev/scaler/internal/policy"
)

// Sink takes the decisions of one tick. It may keep them and must not change
// them. Publishing twice is harmless. The context bounds the whole call; a sink
// that only swaps memory ignores it.
type Sink interface {
	Publish(ctx context.Context, ds []policy.Decision) error
}
