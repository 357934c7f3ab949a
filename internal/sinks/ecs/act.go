package ecs

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// act makes the call of an action, once. What is remembered tells before the call
// that it may have happened, and after it, where AWS refused it, that it has not.
func (s *Sink) act(ctx context.Context, j *job, a floor.Action) error {
	j.entry.memory = j.entry.memory.Sending(a, s.floors.now().Mono, j.Limits)
	err := s.call(ctx, j.Target, a)
	s.floors.count(a.Do, err)
	if err == nil {
		return nil
	}
	if refused(err) {
		j.entry.memory = j.entry.memory.Refused(a)
	}
	return fmt.Errorf("%s: %w", verb(a.Do), s.failure(err))
}

func verb(do floor.Do) string {
	switch do {
	case floor.PutSwitch:
		return "put the scheduled action"
	case floor.SetMinimum:
		return "set the minimum capacity"
	case floor.DeleteSwitch:
		return "delete the scheduled action"
	default:
		return string(do)
	}
}

func (s *Sink) call(ctx context.Context, t Target, a floor.Action) error {
	client, resource, name := s.provider.AutoScaling(), t.resource(), ActionName(t.Policy)
	var err error
	switch a.Do {
	case floor.PutSwitch:
		_, err = client.PutScheduledAction(ctx, &scaling.PutScheduledActionInput{
			ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &resource, ScheduledActionName: &name,
			Schedule: aws.String(a.At.UTC().Format(layout)), ScalableTargetAction: &types.ScalableTargetAction{MinCapacity: &a.Min},
		})
	case floor.SetMinimum:
		_, err = client.RegisterScalableTarget(ctx, &scaling.RegisterScalableTargetInput{
			ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &resource, MinCapacity: &a.Min,
		})
	case floor.DeleteSwitch:
		_, err = client.DeleteScheduledAction(ctx, &scaling.DeleteScheduledActionInput{
			ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &resource, ScheduledActionName: &name,
		})
		if _, gone := errors.AsType[*types.ObjectNotFoundException](err); gone {
			return nil // it ran, or another deleted it
		}
	}
	return err
}

// refused tells whether AWS said that it did not do what it was asked for. After
// anything else it may have.
func refused(err error) bool {
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	return ok && answer.HTTPStatusCode() >= http.StatusBadRequest && answer.HTTPStatusCode() < http.StatusInternalServerError
}

// failure maps what Application Auto Scaling alone says; the rest is the provider's.
func (s *Sink) failure(err error) *signals.Error {
	if _, ok := errors.AsType[*types.ObjectNotFoundException](err); ok {
		return &signals.Error{Reason: signals.Missing, Detail: "the service is no scalable target any more"}
	}
	if _, ok := errors.AsType[*types.ConcurrentUpdateException](err); ok {
		return &signals.Error{Reason: signals.Unavailable, Detail: "another update of the scalable target is under way"}
	}
	if _, ok := errors.AsType[*types.LimitExceededException](err); ok {
		return &signals.Error{Reason: signals.Throttled, Detail: "a limit of Application Auto Scaling is reached"}
	}
	return s.provider.Failure(err)
}
