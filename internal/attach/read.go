package attach

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	dimension = types.ScalableDimensionECSServiceDesiredCount
	namespace = types.ServiceNamespaceEcs
	maxPages  = 20
)

// Client reads and changes what concerns one place. It makes one attempt a call, but
// for a policy on a target that was registered just now.
type Client struct {
	aws      *awsx.Provider
	provider string
	place    Place
	resource string
	pauses   []time.Duration // before further attempts
}

// New makes a client. Provider is the name that users know the connection by.
func New(connection *awsx.Provider, provider string, place Place) *Client {
	return &Client{
		aws: connection, provider: provider, place: place, resource: place.Resource(),
		pauses: []time.Duration{time.Second, 2 * time.Second},
	}
}

// Read reads all that is there: five calls, and a sixth for a target's owner.
func (c *Client) Read(ctx context.Context) (Have, error) {
	var h Have
	var err error
	if h.Service, err = c.service(ctx); err != nil {
		return h, err
	}
	if h.Target, err = c.target(ctx); err != nil {
		return h, err
	}
	if h.Policies, err = c.policies(ctx); err != nil {
		return h, err
	}
	if h.Actions, err = c.actions(ctx); err != nil {
		return h, err
	}
	h.Elsewhere, err = c.elsewhere(ctx)
	return h, err
}

func (c *Client) service(ctx context.Context) (*Service, error) {
	doing := "look at the service " + c.place.service()
	got, err := c.aws.ECS().DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &c.place.Cluster, Services: []string{c.place.Service}})
	if err != nil {
		return nil, c.fail(doing, err)
	}
	for _, s := range got.Services {
		if aws.ToString(s.ServiceName) == c.place.Service && aws.ToString(s.Status) != "INACTIVE" {
			return &Service{
				Desired: s.DesiredCount, Running: s.RunningCount, Pending: s.PendingCount,
				Deploying: deploying(s.Deployments), Daemon: s.SchedulingStrategy == ecstypes.SchedulingStrategyDaemon,
			}, nil
		}
	}
	return nil, nil //nolint:nilnil // there is none, which is no error of the call
}

func deploying(deployments []ecstypes.Deployment) bool {
	for _, d := range deployments {
		if d.RolloutState == ecstypes.DeploymentRolloutStateInProgress {
			return true
		}
	}
	return len(deployments) > 1
}

func (c *Client) target(ctx context.Context) (*Target, error) {
	got, err := c.aws.AutoScaling().DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: namespace, ScalableDimension: dimension, ResourceIds: []string{c.resource},
	})
	if err != nil {
		return nil, c.fail("look at the scalable target of "+c.place.service(), err)
	}
	for _, t := range got.ScalableTargets {
		if aws.ToString(t.ResourceId) != c.resource {
			continue
		}
		out := &Target{Min: aws.ToInt32(t.MinCapacity), Max: aws.ToInt32(t.MaxCapacity)}
		if s := t.SuspendedState; s != nil {
			out.SuspendedIn, out.SuspendedOut = aws.ToBool(s.DynamicScalingInSuspended), aws.ToBool(s.DynamicScalingOutSuspended)
			out.SuspendedScheduled = aws.ToBool(s.ScheduledScalingSuspended)
		}
		out.Owner, out.Unread, err = c.owner(ctx, t.ScalableTargetARN)
		return out, err
	}
	return nil, nil //nolint:nilnil // as above
}

// owner reads the tag. Where it cannot be read, the target counts as somebody
// else's.
func (c *Client) owner(ctx context.Context, arn *string) (owner, unread string, err error) {
	if aws.ToString(arn) == "" {
		return "", "AWS gives it no ARN", nil // of before there were tags
	}
	got, err := c.aws.AutoScaling().ListTagsForResource(ctx, &applicationautoscaling.ListTagsForResourceInput{ResourceARN: arn})
	switch code := codeOf(err); {
	case err == nil:
		return got.Tags[tagKey], "", nil
	case denied(code):
		return "", "application-autoscaling:ListTagsForResource is denied", nil
	case strings.HasPrefix(code, "UnknownOperation"), code == "" && unanswered(c.aws.Failure(err)):
		return "", "the endpoint does not tell tags", nil // as emulators do
	default:
		return "", "", c.fail("read the tags of the scalable target of "+c.place.service(), err)
	}
}

// unanswered: what came is no answer of the service's.
func unanswered(f *signals.Error) bool {
	return f.Reason == signals.Unavailable || f.Reason == signals.Parse
}

func (c *Client) policies(ctx context.Context) ([]Policy, error) {
	var out []Policy
	err := c.eachPolicy(ctx, applicationautoscaling.DescribeScalingPoliciesInput{ScalableDimension: dimension, ResourceId: &c.resource}, func(p types.ScalingPolicy) {
		if aws.ToString(p.ResourceId) == c.resource {
			out = append(out, policyOf(p))
		}
	})
	return out, err
}

// elsewhere finds what else has a policy of our name.
func (c *Client) elsewhere(ctx context.Context) ([]string, error) {
	name := Name(c.place.Policy)
	var out []string
	err := c.eachPolicy(ctx, applicationautoscaling.DescribeScalingPoliciesInput{PolicyNames: []string{name}}, func(p types.ScalingPolicy) {
		if aws.ToString(p.PolicyName) == name && aws.ToString(p.ResourceId) != c.resource {
			out = append(out, aws.ToString(p.ResourceId))
		}
	})
	return out, err
}

func (c *Client) eachPolicy(ctx context.Context, in applicationautoscaling.DescribeScalingPoliciesInput, do func(types.ScalingPolicy)) error {
	in.ServiceNamespace = namespace
	for range maxPages {
		got, err := c.aws.AutoScaling().DescribeScalingPolicies(ctx, &in)
		if err != nil {
			return c.fail("look at the scaling policies of "+c.place.service(), err)
		}
		for _, p := range got.ScalingPolicies {
			do(p)
		}
		if in.NextToken = got.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
	return tooMany("scaling policies")
}

func policyOf(p types.ScalingPolicy) Policy {
	out := Policy{Name: aws.ToString(p.PolicyName), Type: string(p.PolicyType), Fields: fields(p.TargetTrackingScalingPolicyConfiguration)}
	for _, a := range p.Alarms {
		out.Alarms = append(out.Alarms, aws.ToString(a.AlarmName))
	}
	return out
}

func (c *Client) actions(ctx context.Context) ([]Action, error) {
	in := &applicationautoscaling.DescribeScheduledActionsInput{ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &c.resource}
	var out []Action
	for range maxPages {
		got, err := c.aws.AutoScaling().DescribeScheduledActions(ctx, in)
		if err != nil {
			return nil, c.fail("look at the scheduled actions of "+c.place.service(), err)
		}
		for _, a := range got.ScheduledActions {
			if aws.ToString(a.ResourceId) != c.resource {
				continue
			}
			action := Action{Name: aws.ToString(a.ScheduledActionName)}
			if s := a.ScalableTargetAction; s != nil {
				action.Min, action.Max = s.MinCapacity, s.MaxCapacity
			}
			out = append(out, action)
		}
		if in.NextToken = got.NextToken; aws.ToString(in.NextToken) == "" {
			return out, nil
		}
	}
	return nil, tooMany("scheduled actions")
}

func tooMany(what string) error {
	return &Error{"there is no end of " + what, "this is no answer of AWS's: check endpointURL of the SignalProvider"}
}

// Divides refuses metric math over a metric that the cluster does not publish.
func (c *Client) Divides(ctx context.Context) error {
	got, err := c.aws.ECS().DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{c.place.Cluster}, Include: []ecstypes.ClusterField{ecstypes.ClusterFieldSettings}})
	if err != nil {
		return c.fail("look at the cluster "+c.place.Cluster, err)
	}
	for _, cluster := range got.Clusters {
		for _, s := range cluster.Settings {
			if s.Name == ecstypes.ClusterSettingNameContainerInsights && aws.ToString(s.Value) == "disabled" {
				return &Error{
					"Container Insights is off in the cluster " + c.place.Cluster + ", and with --math AWS divides by its DesiredTaskCount",
					"leave --math out, or turn it on: aws ecs update-cluster-settings --cluster " + c.place.Cluster + " --settings name=containerInsights,value=enabled",
				}
			}
		}
	}
	return nil
}

// codeOf is the code of an error that AWS answered with.
func codeOf(err error) string {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return ""
	}
	code := api.ErrorCode()
	return code[strings.LastIndexAny(code, "#:")+1:]
}
