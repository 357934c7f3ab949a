package ecs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

const (
	namespace = types.ServiceNamespaceEcs
	dimension = types.ScalableDimensionECSServiceDesiredCount

	// layout is how a schedule tells an instant, in UTC.
	layout = "at(2006-01-02T15:04:05)"
	// maxPages bounds an answer: a page is of 50.
	maxPages = 10
)

// zero is no instant.
var zero time.Time //nolint:gochecknoglobals // a name for a value

var errPages = &signals.Error{Reason: signals.Partial, Detail: "the answer has too many pages"}

// look asks for the scalable targets and the scheduled actions of jobs: two calls.
func (s *Sink) look(ctx context.Context, jobs []*job) error {
	byResource := make(map[string]*job, len(jobs))
	var resources, names []string
	for _, j := range jobs {
		byResource[j.resource()] = j
		resources, names = append(resources, j.resource()), append(names, ActionName(j.Policy))
	}
	if err := s.targetsOf(ctx, resources, byResource); err != nil {
		return fmt.Errorf("describe scalable targets: %w", err)
	}
	if err := s.switchesOf(ctx, names, byResource); err != nil {
		return fmt.Errorf("describe scheduled actions: %w", err)
	}
	return nil
}

func (s *Sink) targetsOf(ctx context.Context, resources []string, jobs map[string]*job) error {
	in := &scaling.DescribeScalableTargetsInput{ServiceNamespace: namespace, ScalableDimension: dimension, ResourceIds: resources}
	for range maxPages {
		got, err := s.provider.AutoScaling().DescribeScalableTargets(ctx, in)
		if err != nil {
			return s.provider.Failure(err)
		}
		for _, t := range got.ScalableTargets {
			j := jobs[aws.ToString(t.ResourceId)]
			if j == nil || t.ScalableDimension != dimension {
				continue
			}
			if t.MinCapacity == nil || t.MaxCapacity == nil || *t.MinCapacity < 0 {
				return &signals.Error{Reason: signals.Parse, Detail: "a scalable target has no range"}
			}
			j.seen.Registered, j.seen.Min, j.seen.Max = true, *t.MinCapacity, *t.MaxCapacity
			j.seen.Suspended = t.SuspendedState != nil && aws.ToBool(t.SuspendedState.ScheduledScalingSuspended)
		}
		if in.NextToken = got.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
	return errPages
}

func (s *Sink) switchesOf(ctx context.Context, names []string, jobs map[string]*job) error {
	in := &scaling.DescribeScheduledActionsInput{ServiceNamespace: namespace, ScheduledActionNames: names}
	for range maxPages {
		got, err := s.provider.AutoScaling().DescribeScheduledActions(ctx, in)
		if err != nil {
			return s.provider.Failure(err)
		}
		for _, a := range got.ScheduledActions {
			j := jobs[aws.ToString(a.ResourceId)]
			if j != nil && a.ScalableDimension == dimension && aws.ToString(a.ScheduledActionName) == ActionName(j.Policy) {
				j.seen.Switch = switchOf(a)
			}
		}
		if in.NextToken = got.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
	return errPages
}

// switchOf reads a scheduled action of our name. What we would not have put is odd.
func switchOf(a types.ScheduledAction) *floor.Switch {
	odd := &floor.Switch{Odd: true}
	do := a.ScalableTargetAction
	if do == nil || do.MinCapacity == nil || *do.MinCapacity < 0 || do.MaxCapacity != nil || a.StartTime != nil || a.EndTime != nil {
		return odd
	}
	if zone := aws.ToString(a.Timezone); zone != "" && !strings.EqualFold(zone, "UTC") {
		return odd
	}
	at, err := time.Parse(layout, aws.ToString(a.Schedule))
	if err != nil || at.Format(layout) != *a.Schedule {
		return odd
	}
	return &floor.Switch{At: at, Restores: *do.MinCapacity}
}
