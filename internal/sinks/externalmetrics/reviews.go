package externalmetrics

import (
	"context"
	"net/http"
	"time"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// reasonUnreviewed refuses a client because the cluster could not be asked.
const reasonUnreviewed = "authorization_unavailable"

// reviewed is the context for a request's reviews, which have reviewTimeout
// together, counted from the request's arrival.
func reviewed(ctx context.Context) (context.Context, context.CancelFunc) {
	arrival, ok := request.ReceivedTimestampFrom(ctx)
	if !ok {
		arrival = time.Now()
	}
	return context.WithDeadline(ctx, arrival.Add(reviewTimeout))
}

var (
	_ authenticator.Request = boundedAuthenticator{}
	_ authorizer.Authorizer = boundedAuthorizer{}
)

// boundedAuthenticator takes at most reviewTimeout.
type boundedAuthenticator struct{ authenticator.Request }

// AuthenticateRequest tells who asks.
func (b boundedAuthenticator) AuthenticateRequest(r *http.Request) (*authenticator.Response, bool, error) {
	ctx, cancel := reviewed(r.Context())
	defer cancel()
	return b.Request.AuthenticateRequest(r.WithContext(ctx))
}

// boundedAuthorizer takes at most reviewTimeout, and refuses on an error. What the
// reviewer says beyond yes and no stays here.
type boundedAuthorizer struct{ authorizer.Authorizer }

// Authorize asks without the selectors. They do not change what is served, so a
// right that depends on them is none, and one answer does for all of them.
func (b boundedAuthorizer) Authorize(ctx context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	ctx, cancel := reviewed(ctx)
	defer cancel()
	decision, _, err := b.Authorizer.Authorize(ctx, authorizer.AttributesRecord{
		User: a.GetUser(), Verb: a.GetVerb(), Namespace: a.GetNamespace(), APIGroup: a.GetAPIGroup(), APIVersion: a.GetAPIVersion(),
		Resource: a.GetResource(), Subresource: a.GetSubresource(), Name: a.GetName(), ResourceRequest: a.IsResourceRequest(), Path: a.GetPath(),
	})
	if err != nil {
		return authorizer.DecisionDeny, reasonUnreviewed, nil //nolint:nilerr // the library logs it, and would answer 500 with its text
	}
	return decision, "", nil
}

// ConditionsAwareAuthorize decides as Authorize does.
func (b boundedAuthorizer) ConditionsAwareAuthorize(ctx context.Context, a authorizer.Attributes) authorizer.ConditionsAwareDecision {
	return authorizer.ConditionsAwareDecisionFromParts(b.Authorize(ctx, a))
}
