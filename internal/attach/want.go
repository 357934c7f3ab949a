package attach

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
)

// Want is what a document wants of Application Auto Scaling.
type Want struct {
	Place
	Min, Max int32
	// Namespace of the metrics that Scaler publishes.
	Namespace string
	// Math lets AWS divide DesiredReplicas by the service's own count, in place of
	// following Utilization.
	Math bool
	// ScaleOut and ScaleIn are cooldowns in seconds.
	ScaleOut, ScaleIn int32
	// NoScaleIn leaves removing tasks to others.
	NoScaleIn bool
}

// Error is what attach cannot or will not do, and what to do about it.
type Error struct{ Text, Hint string }

// Error tells what is wrong, in one line and in our own words.
func (e *Error) Error() string { return e.Text }

// HintOf is what to do about an error; empty if there is nothing to say.
func HintOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Hint
	}
	return ""
}

// PlaceOf is where a policy acts.
func PlaceOf(p *v1alpha1.ScalingPolicy) (Place, error) {
	id := policy.ID{Namespace: p.Metadata.Namespace, Name: p.Metadata.Name}
	if p.Spec.Workload == nil || p.Spec.Workload.ECS == nil {
		return Place{}, &Error{"the workload of " + id.String() + " is no service of ECS", "set spec.workload.ecs of the policy"}
	}
	ecs := p.Spec.Workload.ECS
	return Place{Policy: id, Cluster: ecs.Cluster, Service: ecs.Service}, nil
}

// WantOf is what a policy wants, which has its defaults. Providers are those of the
// documents by name.
func WantOf(p *v1alpha1.ScalingPolicy, providers map[string]*v1alpha1.SignalProvider) (Want, error) {
	place, err := PlaceOf(p)
	if err != nil {
		return Want{}, err
	}
	if p.Spec.Publish == nil || p.Spec.Publish.CloudWatch == nil {
		return Want{}, &Error{place.Policy.String() + " publishes nothing to CloudWatch, which is what target tracking follows", "add cloudWatch: {provider: " + p.Spec.Workload.ECS.Provider + "} to spec.publish of the policy"}
	}
	sink := p.Spec.Publish.CloudWatch
	if err := sameRegion(p.Spec.Workload.ECS.Provider, sink.Provider, providers); err != nil {
		return Want{}, err
	}
	return Want{
		Place: place, Min: p.Spec.Replicas.Min, Max: p.Spec.Replicas.Max, Namespace: sink.Namespace,
		ScaleOut: seconds(p.Spec.ScaleOut), ScaleIn: seconds(p.Spec.ScaleIn),
		NoScaleIn: p.Spec.ScaleIn != nil && p.Spec.ScaleIn.Select == v1alpha1.SelectDisabled,
	}, nil
}

// sameRegion refuses what can never work: an alarm sees the metrics of its own
// account and region only.
func sameRegion(service, sink string, providers map[string]*v1alpha1.SignalProvider) error {
	if service == sink {
		return nil
	}
	a, b := providers[service], providers[sink]
	if a == nil || b == nil || a.Spec.AWS == nil || b.Spec.AWS == nil || (a.Spec.AWS.Region == b.Spec.AWS.Region && a.Spec.AWS.RoleARN == b.Spec.AWS.RoleARN) {
		return nil
	}
	return &Error{
		fmt.Sprintf("the metrics go to another account or region (provider %s) than the service's (provider %s)", sink, service),
		"target tracking sees the metrics of its own account and region only: use one provider in spec.workload.ecs and spec.publish.cloudWatch",
	}
}

func seconds(r *v1alpha1.ScalingRules) int32 {
	if r == nil || r.Stabilization == nil {
		return 0
	}
	return int32(math.Ceil(float64(r.Stabilization.Duration) / float64(time.Second))) // an hour at most
}
