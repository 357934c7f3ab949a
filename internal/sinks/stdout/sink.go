// Package stdout writes decisions that changed as JSON lines.
package stdout

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/sinks"
)

var _ sinks.Sink = (*Sink)(nil)

// Sink writes a line for each decision that differs from the last one written of
// its policy, but for values and ages.
type Sink struct {
	mu   sync.Mutex // guards what follows
	w    io.Writer
	last map[policy.ID]policy.Decision // as written
}

// New makes a sink that writes to w, each Publish at once.
func New(w io.Writer) *Sink { return &Sink{w: w, last: map[policy.ID]policy.Decision{}} }

// Publish writes the decisions that changed. After an error it writes all of them
// anew.
func (s *Sink) Publish(_ context.Context, ds []policy.Decision) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for i := range ds {
		d := &ds[i]
		if last, ok := s.last[d.Policy]; ok && same(&last, d) {
			continue
		}
		if err := encoder.Encode(d); err != nil {
			clear(s.last)
			return fmt.Errorf("encode the decision of %s: %w", d.Policy, err)
		}
		s.last[d.Policy] = *d
	}
	if len(s.last) > len(ds) {
		s.forget(ds)
	}
	if lines.Len() == 0 {
		return nil
	}
	if _, err := s.w.Write(lines.Bytes()); err != nil {
		clear(s.last)
		return fmt.Errorf("write decisions: %w", err)
	}
	return nil
}

// forget drops the policies that are gone.
func (s *Sink) forget(ds []policy.Decision) {
	kept := make(map[policy.ID]policy.Decision, len(ds))
	for i := range ds {
		kept[ds[i].Policy] = s.last[ds[i].Policy]
	}
	s.last = kept
}

// same says whether two decisions of a policy tell the same: the desired replicas,
// the state of what they stand on, and the reasons.
func same(a, b *policy.Decision) bool {
	return a.Desired == b.Desired &&
		a.Workload.State == b.Workload.State &&
		a.Workload.Reason == b.Workload.Reason &&
		slices.EqualFunc(a.Signals, b.Signals, func(x, y policy.Reading) bool {
			return x.Name == y.Name && x.State == y.State && x.Reason == y.Reason
		}) &&
		slices.EqualFunc(a.Proposals, b.Proposals, func(x, y policy.Proposal) bool {
			return x.Demand == y.Demand && x.State == y.State && x.Reason == y.Reason
		}) &&
		slices.EqualFunc(a.Trail, b.Trail, func(x, y policy.Step) bool {
			return x.Stage == y.Stage && x.Reason == y.Reason && x.Subject == y.Subject
		})
}
