// Package fixed is for workloads that always have the same number of replicas.
package fixed

import (
	"context"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Workload is a workload and its replicas.
type Workload struct {
	ID   workload.ID
	Spec v1alpha1.FixedWorkload
}

// Source tells what its document says.
type Source struct{ workloads []Workload }

var _ workload.Source = (*Source)(nil)

// New makes a source of workloads.
func New(workloads []Workload) *Source { return &Source{workloads} }

// Workloads are those of the source.
func (s *Source) Workloads() []workload.ID {
	out := make([]workload.ID, len(s.workloads))
	for i, w := range s.workloads {
		out[i] = w.ID
	}
	return out
}

// Observe never fails.
func (s *Source) Observe(context.Context) ([]workload.Observation, error) {
	out := make([]workload.Observation, len(s.workloads))
	for i, w := range s.workloads {
		out[i] = workload.Observation{ID: w.ID, Ordered: w.Spec.Replicas, Ready: w.Spec.Replicas}
	}
	return out, nil
}
