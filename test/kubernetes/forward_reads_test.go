//go:build e2e

package kubernetes_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/scaler-dev/scaler/test/cluster"
)

// reads are what a client got that reads a metric over and over.
type reads struct {
	mu      sync.Mutex
	answers map[string]int
	took    []time.Duration
}

// run reads until ctx ends, with pauses.
func (r *reads) run(ctx context.Context, c *cluster.Cluster, namespace, name string, pause time.Duration) {
	for ctx.Err() == nil {
		began := time.Now()
		_, err := metric(ctx, c, namespace, name)
		if ctx.Err() != nil {
			return
		}
		r.add(outcome(err), time.Since(began))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (r *reads) add(answer string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answers == nil {
		r.answers = map[string]int{}
	}
	r.answers[answer]++
	r.took = append(r.took, took)
}

// outcome is a status, and the reason of one that is not 200.
func outcome(err error) string {
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return "200"
	case errors.As(err, &status):
		_, reason, _ := strings.Cut(status.Status().Message, "): ")
		return strings.TrimSpace(fmt.Sprint(status.Status().Code, " ", reason))
	}
	return err.Error()
}

// take returns what was read since the last call, the quickest first.
func (r *reads) take() (answers map[string]int, took []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	answers, took = r.answers, r.took
	r.answers, r.took = map[string]int{}, nil
	slices.Sort(took)
	return answers, took
}

func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*p/100]
}

func listed(answers map[string]int) string {
	var list []string
	for _, a := range slices.Sorted(maps.Keys(answers)) {
		list = append(list, fmt.Sprintf("%s: %d", a, answers[a]))
	}
	return strings.Join(list, ", ")
}
