package engine

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// maxPast bounds the changes of ready replicas that are remembered.
const maxPast = 64

// WorkloadState is what is remembered of a workload.
type WorkloadState struct {
	ID   workload.ID           `json:"id"`
	Good *workload.Observation `json:"good,omitempty"` // the last look that succeeded
	Last *signals.Error        `json:"last,omitempty"` // the latest look's error
	Past []policy.PastReady    `json:"past,omitempty"`
	// DeployingSince is the first of the looks, up to Good, that all showed a
	// deployment, on the monotonic clock.
	DeployingSince time.Duration `json:"deployingSinceNs,omitempty"`
}

type workloadMemory struct{ WorkloadState }

func (w *workloadMemory) add(o workload.Observation) {
	w.Last = o.Err
	if o.Err != nil {
		return
	}
	if o.Deploying && (w.Good == nil || !w.Good.Deploying) {
		w.DeployingSince = o.At.Mono
	}
	if w.Good == nil {
		w.Good = new(workload.Observation)
	}
	*w.Good = o
	if n := len(w.Past); n > 0 && w.Past[n-1].Ready == o.Ready {
		return
	}
	if len(w.Past) >= maxPast {
		w.Past = append(w.Past[:0], w.Past[1:]...)
	}
	w.Past = append(w.Past, policy.PastReady{Since: o.At.Mono, Ready: o.Ready})
}

// at tells the workload as known at an instant.
func (w *workloadMemory) at(now signals.Instant, out *policy.Workload) {
	out.State, out.Reason = policy.WorkloadUnknown, signals.NotPolled
	if w.Last != nil {
		out.Reason = w.Last.Reason
	}
	if w.Good == nil {
		return
	}
	if w.Last == nil {
		out.Reason = ""
	}
	if out.Age = now.Mono - w.Good.At.Mono; out.Age <= workload.FreshFor {
		out.State = policy.WorkloadKnown
	} else {
		out.State = policy.WorkloadStale
	}
	out.Ordered, out.Ready, out.Pending, out.Past = w.Good.Ordered, w.Good.Ready, w.Good.Pending, w.Past
	if out.Deploying = w.Good.Deploying; out.Deploying {
		out.DeployingFor = now.Mono - w.DeployingSince
	}
}
