package awsx

import (
	"crypto/x509"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
)

// newTransport has httpx's bounds. Proxies of the environment are used, as AWS's
// own tools do. The certificates are the document's, else those that the SDK took
// from AWS_CA_BUNDLE, else the system's.
func newTransport(settings *v1alpha1.TLS, loaded aws.HTTPClient) (*http.Transport, error) {
	transport, err := httpx.NewTransport(settings)
	if err != nil {
		return nil, err
	}
	transport.Proxy = http.ProxyFromEnvironment
	if transport.TLSClientConfig.RootCAs == nil {
		transport.TLSClientConfig.RootCAs = bundle(loaded)
	}
	return transport, nil
}

func bundle(loaded aws.HTTPClient) *x509.CertPool {
	client, ok := loaded.(*awshttp.BuildableClient)
	if !ok {
		return nil
	}
	if conf := client.GetTransport().TLSClientConfig; conf != nil {
		return conf.RootCAs
	}
	return nil
}

// newClient follows no redirects and reads no more than limit bytes of an answer.
func newClient(next http.RoundTripper, limit int64) *http.Client {
	return &http.Client{
		Transport:     plainBodies{httpx.LimitBodies(next, limit)},
		Timeout:       httpx.CallTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// plainBodies hides io.WriterTo from the transport. The SDK closes a request's body
// as soon as an answer's headers are there, and its WriteTo then fails with io.EOF;
// a transport that still looks for the body's end takes that for a broken
// connection, and the answer is lost.
type plainBodies struct{ next http.RoundTripper }

type plainBody struct{ io.ReadCloser }

func (p plainBodies) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return p.next.RoundTrip(req)
	}
	plain := *req
	plain.Body = plainBody{req.Body}
	return p.next.RoundTrip(&plain)
}

func onceOnly() aws.Retryer { return aws.NopRetryer{} }

// The budget of second attempts: ten good calls pay for one.
const (
	maxAttempts = 2
	retryCost   = 10
	budget      = 10 * retryCost
	maxBackoff  = 500 * time.Millisecond
)

func newBudget() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.MaxBackoff = maxBackoff
		o.RateLimiter = ratelimit.NewTokenRateLimit(budget)
		o.RetryCost, o.RetryTimeoutCost, o.ThrottlingRetryCost = retryCost, retryCost, retryCost
		o.NoRetryIncrement = 1
	})
}
