package attach

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/smithy-go"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/signals"
)

const notFound = "ObjectNotFoundException"

const tryAgain = "try again in a minute; what was done already is found and left as it is"

// answers are AWS's errors in our own words: what it said holds account ids.
func answers(code string) (what, hint string) {
	switch code {
	case notFound:
		return "AWS does not find it", "somebody removed it, or it was registered just now and AWS does not show it everywhere yet: try again in some seconds"
	case "LimitExceededException":
		return "a quota of the account is used up", "remove what is not needed, or ask for more in Service Quotas under Application Auto Scaling: scalable targets of ECS in a region, scaling policies of a target"
	case "ConcurrentUpdateException":
		return "somebody else is changing it at the moment", "try again in some seconds; if it stays so, a pipeline or the console changes the same target"
	case "ClusterNotFoundException":
		return "the cluster does not exist", "check spec.workload.ecs.cluster of the policy, and the region of its SignalProvider"
	case "FailedResourceAccessException":
		return "Application Auto Scaling cannot read the policy's alarms", "the role AWSServiceRoleForApplicationAutoScaling_ECSService needs its rights to CloudWatch"
	case "ValidationException", "InvalidParameterException", "ValidationError":
		return "AWS refuses the request as not valid", "check that the service is active and not deleted; --dry-run prints what would be asked for"
	default:
		return "", ""
	}
}

func denied(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized":
		return true
	}
	return false
}

// fail makes one line of an error of a call, an *Error that says what to do about it,
// but where the caller gave up.
func (c *Client) fail(doing string, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	}
	code := codeOf(err) // none of credentials that cannot be had
	if what, hint := answers(code); what != "" {
		return &Error{doing + ": " + what, hint}
	}
	if denied(code) {
		return &Error{doing + ": AWS denies access", "allow " + action(err) + " to the credentials of the SignalProvider " + c.provider}
	}
	failure := c.aws.Failure(err)
	return &Error{doing + ": " + failure.Detail, c.hint(failure.Reason)}
}

// action is the right that a call needs.
func action(err error) string {
	operation, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return "it"
	}
	service := map[string]string{"Application Auto Scaling": "application-autoscaling", "ECS": "ecs", "CloudWatch": "cloudwatch"}[operation.Service()]
	if operation.Operation() == "RegisterScalableTarget" {
		return "application-autoscaling:RegisterScalableTarget and application-autoscaling:TagResource"
	}
	return service + ":" + operation.Operation()
}

// far is a clock that AWS may refuse signatures for.
const far = 4 * time.Minute

func (c *Client) hint(r signals.Reason) string {
	way := "check region and endpointURL of the SignalProvider " + c.provider + ", and the way from this host to AWS"
	if skew := c.aws.Skew(); r == signals.Auth && skew.Abs() > far {
		return "this host's clock differs from AWS's by " + explain.Duration(skew.Abs().Round(time.Second)) + ", and signatures do not hold for so long: synchronise it"
	}
	switch r { //nolint:exhaustive // what else there is says that the answer is not AWS's
	case signals.Auth:
		return "check the credentials of this shell, and roleARN, externalID and the role's trust policy for the SignalProvider " + c.provider
	case signals.Throttled:
		return tryAgain
	case signals.Unavailable, signals.Timeout:
		return "try again in a minute; if it stays so, " + way
	default:
		return way
	}
}
