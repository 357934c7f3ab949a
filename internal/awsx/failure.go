package awsx

import (
	"errors"
	"net"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go"

	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// foreign is an answer that nothing can be made of.
const foreign = "the answer is not in the expected format"

// Failure maps an error of a call to its reason. Nothing of the error's own text
// is kept: it holds addresses, request and account ids, and what the service said.
func (p *Provider) Failure(err error) *signals.Error {
	failure := classify(err)
	operation, ok := errors.AsType[*smithy.OperationError](err)
	if p.hintJSON && ok && operation.Service() == cloudwatch.ServiceID && failure.Detail == foreign {
		return &signals.Error{Reason: signals.Parse, Detail: foreign + "; an emulator may need protocol: json"}
	}
	return failure
}

// Refused says that the service understood the request and will never accept it.
func Refused(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && byCode(api.ErrorCode()) == signals.Invalid
}

func classify(err error) *signals.Error {
	if known, ok := errors.AsType[*signals.Error](err); ok {
		return known
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if reason := byCode(api.ErrorCode()); reason != "" {
			return &signals.Error{Reason: reason, Detail: detail(reason)}
		}
	}
	if isUnreadable(err) {
		return unreadable(err)
	}
	if failure := byStatus(err); failure != nil {
		return failure
	}
	return httpx.Failure(err)
}

// unreadable tells an answer that is not what was expected from one that broke off
// or came too late, and from a proxy's error page.
func unreadable(err error) *signals.Error {
	_, broken := errors.AsType[*net.OpError](err)
	if failure := httpx.Failure(err); failure.Reason != signals.Unavailable || broken {
		return failure
	}
	if failure := byStatus(err); failure != nil && failure.Reason != signals.Missing {
		return failure
	}
	return &signals.Error{Reason: signals.Parse, Detail: foreign}
}

func isUnreadable(err error) bool {
	_, ok := errors.AsType[*smithy.DeserializationError](err)
	return ok
}

// byStatus is nil where there was no answer, or one of status 2xx.
func byStatus(err error) *signals.Error {
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok {
		return nil
	}
	code := answer.HTTPStatusCode()
	if code < http.StatusMultipleChoices {
		return nil
	}
	return httpx.StatusFailure(code)
}

// byCode maps a service's error code; "" where the code tells nothing.
func byCode(code string) signals.Reason {
	if i := strings.LastIndexAny(code, "#:"); i >= 0 {
		code = code[i+1:]
	}
	switch code {
	case "Throttling", "ThrottlingException", "ThrottledException", "Throttled",
		"RequestThrottled", "RequestThrottledException", "RequestLimitExceeded",
		"TooManyRequestsException", "TooManyRequests", "SlowDown", "LimitExceeded",
		"LimitExceededException", "BandwidthLimitExceeded", "PriorRequestNotComplete":
		return signals.Throttled
	case "AccessDenied", "AccessDeniedException", "UnauthorizedAccess", "UnauthorizedOperation",
		"AuthFailure", "NotAuthorized", "OptInRequired", "ExpiredToken", "ExpiredTokenException",
		"RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException", "UnrecognizedClient",
		"InvalidAccessKeyId", "InvalidToken", "InvalidSecurity", "InvalidSignatureException",
		"SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return signals.Auth
	case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NonExistentQueue",
		"ServiceNotFoundException", "ClusterNotFoundException", "ResourceNotFound", "ResourceNotFoundException":
		return signals.Missing
	case "ValidationError", "ValidationException", "InvalidParameter", "InvalidParameterException",
		"InvalidParameterValue", "InvalidParameterValueException", "InvalidParameterCombination",
		"InvalidParameterCombinationException", "MissingParameter", "MissingRequiredParameterException",
		"InvalidParameterInput", "MalformedInput", "InvalidAddress", "InvalidAttributeName":
		return signals.Invalid
	case "RequestTimeout", "RequestTimeoutException":
		return signals.Timeout
	default:
		return ""
	}
}

// detail is what we say of a reason.
func detail(reason signals.Reason) string {
	switch reason { //nolint:exhaustive // only what byCode gives
	case signals.Throttled:
		return "AWS throttles the calls of this account"
	case signals.Auth:
		return "AWS refuses the credentials or denies access"
	case signals.Missing:
		return "what is read does not exist"
	case signals.Invalid:
		return "AWS refuses the request as not valid"
	default:
		return "no answer in time"
	}
}
