package externalmetrics

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticatorfactory"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/authorization/path"
	"k8s.io/apiserver/pkg/authorization/union"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	restclient "k8s.io/client-go/rest"
)

const (
	reviewTimeout = 2 * time.Second // of all reviews of a request together
	reviewsLast   = 10 * time.Second
)

// Access lets in whom the cluster knows: clients that its API server vouches for as
// its front proxy, and those whose token it accepts, if it says that they may read
// the metric. Whenever it cannot be asked, nobody is let in.
type Access struct {
	// Cluster is where its API server is and who asks it: somebody with the rights of
	// the ClusterRole system:auth-delegator, and in kube-system of the Role
	// extension-apiserver-authentication-reader.
	Cluster *restclient.Config
}

// access is Access at work.
type access struct {
	proxy *frontProxy
	authn genericapiserver.AuthenticationInfo
	authz genericapiserver.AuthorizationInfo
}

// newAccess starts nothing: the front proxy's certificate is known some time after
// proxy.run.
func newAccess(a *Access, log *slog.Logger) (*access, error) {
	watches, err := kubernetes.NewForConfig(watchConfig(a.Cluster))
	if err != nil {
		return nil, fmt.Errorf("make a client for the front proxy's certificate: %w", err)
	}
	reviews, err := kubernetes.NewForConfig(reviewConfig(a.Cluster))
	if err != nil {
		return nil, fmt.Errorf("make a client for reviews: %w", err)
	}
	made := &access{proxy: newFrontProxy(watches, log)}
	if err := made.authenticate(reviews); err != nil {
		return nil, fmt.Errorf("delegate authentication: %w", err)
	}
	if err := made.authorize(reviews); err != nil {
		return nil, fmt.Errorf("delegate authorization: %w", err)
	}
	return made, nil
}

func (a *access) authenticate(reviews kubernetes.Interface) error {
	a.authn.RequestHeaderConfig = a.proxy.headers()
	delegating, _, err := authenticatorfactory.DelegatingAuthenticatorConfig{
		Anonymous:                &apiserver.AnonymousAuthConfig{Enabled: true, Conditions: probed()},
		TokenAccessReviewClient:  reviews.AuthenticationV1(),
		TokenAccessReviewTimeout: reviewTimeout,
		WebhookRetryBackoff:      once(),
		CacheTTL:                 reviewsLast,
		RequestHeaderConfig:      a.authn.RequestHeaderConfig,
	}.New()
	a.authn.Authenticator = boundedAuthenticator{delegating}
	return err
}

func (a *access) authorize(reviews kubernetes.Interface) error {
	delegating, err := authorizerfactory.DelegatingAuthorizerConfig{
		SubjectAccessReviewClient: reviews.AuthorizationV1(),
		AllowCacheTTL:             reviewsLast,
		DenyCacheTTL:              reviewsLast,
		WebhookRetryBackoff:       once(),
	}.New()
	if err != nil {
		return err
	}
	probes, err := path.NewAuthorizer(probePaths())
	if err != nil {
		return err
	}
	a.authz.Authorizer, err = union.New(
		// They have every right, so that the aggregator's probe needs no review.
		union.NamedAuthorizer{AuthorizerName: "masters", Authorizer: authorizerfactory.NewPrivilegedGroups(user.SystemPrivilegedGroup)},
		union.NamedAuthorizer{AuthorizerName: "probes", Authorizer: probes},
		union.NamedAuthorizer{AuthorizerName: "cluster", Authorizer: boundedAuthorizer{delegating}},
	)
	return err
}

// probePaths are open to everybody, and tell nothing but health.
func probePaths() []string { return []string{"/healthz", "/livez", "/readyz"} }

func probed() []apiserver.AnonymousAuthCondition {
	var conditions []apiserver.AnonymousAuthCondition
	for _, p := range probePaths() {
		conditions = append(conditions, apiserver.AnonymousAuthCondition{Path: p})
	}
	return conditions
}

// once is one attempt: the client's next request is the retry.
func once() *wait.Backoff { return &wait.Backoff{Steps: 1} }

func watchConfig(c *restclient.Config) *restclient.Config {
	c = restclient.CopyConfig(c)
	c.Timeout = 0
	return c
}

// reviewConfig lets reviews through at once: what limits them are the requests in
// flight here and the API server's own fairness there.
func reviewConfig(c *restclient.Config) *restclient.Config {
	c = restclient.CopyConfig(c)
	c.Timeout = reviewTimeout
	c.QPS, c.RateLimiter = -1, nil
	c.WarningHandler = restclient.NoWarnings{}
	c.Wrap(func(next http.RoundTripper) http.RoundTripper { return unrepeated{next} })
	return c
}

// unrepeated hides Retry-After from the client, which would wait and ask again.
type unrepeated struct{ http.RoundTripper }

func (u unrepeated) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := u.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Header.Del("Retry-After")
	}
	return resp, err
}
