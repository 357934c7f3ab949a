package awsx

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/scaler-dev/scaler/internal/signals"
)

// credentials classifies the errors of getting credentials apart from those of the
// call that needed them.
type credentials struct{ aws.CredentialsProvider }

func wrapCredentials(next aws.CredentialsProvider) aws.CredentialsProvider {
	if next == nil {
		next = aws.AnonymousCredentials{}
	}
	return credentials{next}
}

func (c credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := c.CredentialsProvider.Retrieve(ctx)
	if err == nil {
		return got, nil
	}
	if known, ok := errors.AsType[*signals.Error](err); ok { // of the credentials that these are made from
		return got, known
	}
	failure := classify(err)
	switch failure.Reason { //nolint:exhaustive // the others all mean that there are none
	case signals.Throttled, signals.Timeout, signals.DNS, signals.TLS:
		return got, failure
	case signals.Auth:
		return got, &signals.Error{Reason: signals.Auth, Detail: "the role cannot be assumed or the credentials are refused"}
	default:
		return got, &signals.Error{Reason: signals.Auth, Detail: "no AWS credentials found"}
	}
}
