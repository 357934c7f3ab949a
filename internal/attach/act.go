package attach

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// Do takes a plan's steps in their order; one that turned out not to be its own to
// take becomes Keep. Of an error, the text tells what was done
// before: the same command goes on from there. W is needed where the plan puts a
// policy.
func (c *Client) Do(ctx context.Context, p *Plan, w Want) error {
	done := 0
	for i := range p.Steps {
		if p.Steps[i].Verb == Keep {
			continue
		}
		if err := c.do(ctx, &p.Steps[i], w); err != nil {
			return after(done, p.changes(), err)
		}
		done++
	}
	return nil
}

func after(done, all int, err error) error {
	if done == 0 {
		return err
	}
	return fmt.Errorf("%w (%d of %d changes were made before)", err, done, all)
}

func (c *Client) do(ctx context.Context, s *Step, w Want) error {
	switch s.Verb {
	case Register:
		return c.register(ctx, s, map[string]string{tagKey: c.place.Policy.String()})
	case Update:
		return c.register(ctx, s, nil)
	case Put:
		return c.put(ctx, w)
	case Delete:
		if s.Kind == KindAction {
			return c.deleteAction(ctx, s.Name)
		}
		return c.deletePolicy(ctx, s.Name)
	case Deregister:
		return c.deregister(ctx, s)
	case Keep:
	}
	return nil
}

func (c *Client) register(ctx context.Context, s *Step, tags map[string]string) error {
	_, err := c.aws.AutoScaling().RegisterScalableTarget(ctx, &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &c.resource,
		MinCapacity: s.min, MaxCapacity: s.max, Tags: tags,
	})
	if err != nil {
		return c.fail("register the scalable target of "+c.place.service(), err)
	}
	return nil
}

// put asks again where AWS does not show everywhere yet that the target is
// registered.
func (c *Client) put(ctx context.Context, w Want) error {
	err := c.putOnce(ctx, w)
	for _, pause := range c.pauses {
		if codeOf(err) != notFound || sleep(ctx, pause) != nil {
			break
		}
		err = c.putOnce(ctx, w)
	}
	if err != nil {
		return c.fail("put the scaling policy "+Name(w.Policy), err)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) putOnce(ctx context.Context, w Want) error {
	_, err := c.aws.AutoScaling().PutScalingPolicy(ctx, &applicationautoscaling.PutScalingPolicyInput{
		ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &c.resource,
		PolicyName: aws.String(Name(w.Policy)), PolicyType: types.PolicyTypeTargetTrackingScaling,
		TargetTrackingScalingPolicyConfiguration: configuration(w),
	})
	return err
}

func (c *Client) deletePolicy(ctx context.Context, name string) error {
	_, err := c.aws.AutoScaling().DeleteScalingPolicy(ctx, &applicationautoscaling.DeleteScalingPolicyInput{
		ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &c.resource, PolicyName: &name,
	})
	return c.gone("delete the scaling policy "+name, err)
}

func (c *Client) deleteAction(ctx context.Context, name string) error {
	_, err := c.aws.AutoScaling().DeleteScheduledAction(ctx, &applicationautoscaling.DeleteScheduledActionInput{
		ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &c.resource, ScheduledActionName: &name,
	})
	return c.gone("delete the scheduled action "+name, err)
}

// deregister looks once more whether anything of somebody else would go with the
// target, and keeps it then.
func (c *Client) deregister(ctx context.Context, s *Step) error {
	policies, err := c.policies(ctx)
	if err != nil {
		return err
	}
	actions, err := c.actions(ctx)
	if err != nil {
		return err
	}
	if n := len(policies) + len(actions); n > 0 {
		s.Verb, s.Detail = Keep, "somebody put something on it just now"
		return nil
	}
	_, err = c.aws.AutoScaling().DeregisterScalableTarget(ctx, &applicationautoscaling.DeregisterScalableTargetInput{
		ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &c.resource,
	})
	return c.gone("deregister the scalable target of "+c.place.service(), err)
}

// gone takes what is not there any more for removed.
func (c *Client) gone(doing string, err error) error {
	if err == nil || codeOf(err) == notFound {
		return nil
	}
	return c.fail(doing, err)
}
