// Package kubernetes watches Deployments and StatefulSets of the cluster that
// Scaler runs in, so that looking at one asks nobody.
package kubernetes

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Workload is a Deployment or a StatefulSet.
type Workload struct {
	ID        workload.ID
	Namespace string
	Spec      v1alpha1.Workload
}

// Watch knows the replicas of the cluster's workloads while it runs.
//
// It holds what the API server said last, of every namespace, for each kind that
// some Source asked for. Whether that still holds is judged by proof of life, not by
// change, for a cluster may be quiet. Each watch is asked to end after 30 s: an API
// server sends a bookmark two seconds before that end, and the watch is then opened
// again from that bookmark, which lists nothing. So in health something is heard
// every 30 s at the latest, and both proofs come from the watch itself. An answer
// that fails is known at once; one that hangs, or an API server that dies without
// a word, after 45 s of silence. From then on each look is an error, and what is
// known ages as workload.FreshFor says.
type Watch struct {
	deployments, statefulSets *kind
}

// pace is how a watch proves to be alive.
type pace struct {
	stream  time.Duration // the API server ends each watch after that
	grace   time.Duration // and we do, when it has not
	silence time.Duration // without a word, nothing is known any more
	retry   time.Duration // the pause after a failure, and up to twice that
}

func defaultPace() pace {
	return pace{
		stream: 30 * time.Second, grace: 10 * time.Second, silence: workload.FreshFor, retry: time.Second,
	}
}

// New makes a watch. It calls nobody before it runs.
func New(client kubernetes.Interface, log *slog.Logger) *Watch {
	return newWatch(client, log, defaultPace())
}

func newWatch(client kubernetes.Interface, log *slog.Logger, p pace) *Watch {
	apps := client.AppsV1()
	return &Watch{
		deployments:  newKind("Deployment", deploymentAPI(apps.Deployments("")), log, p),
		statefulSets: newKind("StatefulSet", statefulSetAPI(apps.StatefulSets("")), log, p),
	}
}

// Run watches until ctx ends, and returns when no call is under way any more. It
// may run again after it has returned, and then begins anew; not twice at a time.
func (w *Watch) Run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { w.deployments.run(ctx) })
	group.Go(func() { w.statefulSets.run(ctx) })
	group.Wait()
}

// Source looks at some workloads, each a Deployment or a StatefulSet. A kind that
// none has asked for is not watched; one that was asked for stays so. A source does
// not end with a run: it tells that the watch does not run.
func (w *Watch) Source(ws []Workload) workload.Source {
	s := &source{}
	for _, v := range ws {
		l := look{id: v.ID}
		switch {
		case v.Spec.Deployment != nil:
			l.kind, l.key = w.deployments, v.Namespace+"/"+v.Spec.Deployment.Name
		case v.Spec.StatefulSet != nil:
			l.kind, l.key = w.statefulSets, v.Namespace+"/"+v.Spec.StatefulSet.Name
		default:
			continue // another source's
		}
		l.kind.ask()
		s.looks = append(s.looks, l)
	}
	return s
}

type look struct {
	id   workload.ID
	kind *kind
	key  string // namespace/name
}

type source struct{ looks []look }

var _ workload.Source = (*source)(nil)

// Workloads are those the source was made of.
func (s *source) Workloads() []workload.ID {
	out := make([]workload.ID, len(s.looks))
	for i, l := range s.looks {
		out[i] = l.id
	}
	return out
}

// Observe answers from memory, at once.
func (s *source) Observe(context.Context) ([]workload.Observation, error) {
	out := make([]workload.Observation, len(s.looks))
	for i, l := range s.looks {
		out[i] = l.kind.observe(l.key)
		out[i].ID = l.id
	}
	return out, nil
}

func failed(reason signals.Reason, detail string) workload.Observation {
	return workload.Observation{Err: &signals.Error{Reason: reason, Detail: detail}}
}
