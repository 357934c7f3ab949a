package apiservice

import (
	"context"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// serves tells whether a replica is ready behind the wanted Service: an entry that
// leads to none is answered 503, for the other adapter's metrics too.
func (s *Steward) serves(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.s.Timeout)
	defer cancel()
	of := labels.Set{discoveryv1.LabelServiceName: s.s.Want.Service}
	slice, err := s.s.Endpoints.EndpointSlices(s.s.Want.Namespace).List(ctx, metav1.ListOptions{LabelSelector: of.String()})
	if err != nil {
		return false, &callError{"list the EndpointSlices of " + s.s.Want.String(), err}
	}
	return slices.ContainsFunc(slice.Items, func(e discoveryv1.EndpointSlice) bool {
		return slices.ContainsFunc(e.Endpoints, func(e discoveryv1.Endpoint) bool {
			return e.Conditions.Ready == nil || *e.Conditions.Ready // as the API has it: nil is ready
		})
	}), nil
}

func (s *Steward) wait(waiting bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = waiting
}

func (s *Steward) waits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}
