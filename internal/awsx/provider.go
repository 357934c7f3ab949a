// Package awsx is the one way in which Scaler talks to AWS: one configuration, one
// HTTP client and one clock measurement per SignalProvider, and errors classified
// once. It never repeats what a service said.
package awsx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
)

// The largest answers that are read, decompressed. A call of GetMetricData holds up
// to 100,800 datapoints, of some 75 bytes each in the wordiest of its formats.
const (
	maxAnswer  = 1 << 20
	maxMetrics = 8 << 20
)

// Provider is one account, region and role. Its clients are safe for concurrent
// use and share their connections.
type Provider struct {
	skew      *httpx.SkewMeter
	sqs       *sqs.Client
	ecs       *ecs.Client
	scaling   *applicationautoscaling.Client
	metrics   *cloudwatch.Client
	publisher *cloudwatch.Client
	hintJSON  bool
	close     func()
}

// New makes a provider of the SDK's default chain: environment, shared files, web
// identity, container and instance roles. It asks none of them yet: nothing goes
// over the network before the first call. Observers are told of every call.
func New(ctx context.Context, spec v1alpha1.AWSProvider, observers ...Observer) (*Provider, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(spec.Region), config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return nil, errors.New("aws.region: required")
	}
	transport, err := newTransport(spec.TLS, cfg.HTTPClient)
	if err != nil {
		return nil, err
	}
	skew := &httpx.SkewMeter{}
	small := newClient(skew.Wrap(transport), maxAnswer)
	large := newClient(skew.Wrap(transport), maxMetrics)

	cfg.HTTPClient = small
	cfg.Logger, cfg.ClientLogMode = logging.Nop{}, 0 // the SDK's lines would hold addresses
	cfg.RetryMaxAttempts, cfg.Retryer = 0, onceOnly
	cfg.APIOptions = append(cfg.APIOptions, observe(observers))
	if spec.EndpointURL != "" {
		cfg.BaseEndpoint = &spec.EndpointURL
	}
	cfg.Credentials = wrapCredentials(cfg.Credentials)
	closeRole := func() {}
	if spec.RoleARN != "" {
		role := newSession(ctx, cfg, spec, skew.Skew)
		cfg.Credentials, closeRole = role, role.close
	}
	p := &Provider{
		skew: skew,
		close: func() {
			closeRole()
			transport.CloseIdleConnections()
		},
		hintJSON: cfg.BaseEndpoint != nil && (spec.Protocol == "" || spec.Protocol == v1alpha1.ProtocolCBOR),
		sqs:      sqs.NewFromConfig(cfg, func(o *sqs.Options) { override(&o.BaseEndpoint, spec) }),
		ecs:      ecs.NewFromConfig(cfg, func(o *ecs.Options) { override(&o.BaseEndpoint, spec) }),
		scaling:  applicationautoscaling.NewFromConfig(cfg, func(o *applicationautoscaling.Options) { override(&o.BaseEndpoint, spec) }),
	}
	settings := func(o *cloudwatch.Options) {
		override(&o.BaseEndpoint, spec)
		o.HTTPClient = large
		setProtocol(o, spec.Protocol)
	}
	p.metrics = cloudwatch.NewFromConfig(cfg, settings)
	p.publisher = cloudwatch.NewFromConfig(cfg, settings, func(o *cloudwatch.Options) { o.Retryer = newBudget() })
	return p, nil
}

// override lets the document's endpoint win over the environment's, a service's
// own included.
func override(endpoint **string, spec v1alpha1.AWSProvider) {
	if spec.EndpointURL != "" {
		*endpoint = &spec.EndpointURL
	}
}

func setProtocol(o *cloudwatch.Options, protocol v1alpha1.AWSProtocol) {
	switch protocol {
	case v1alpha1.ProtocolJSON:
		o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801)
	case v1alpha1.ProtocolQuery:
		o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801)
	case v1alpha1.ProtocolCBOR:
	default: // the SDK's own, which is cbor
	}
}

// SQS is a client that makes one attempt a call: the next poll is the retry.
func (p *Provider) SQS() *sqs.Client { return p.sqs }

// ECS is a client that makes one attempt a call.
func (p *Provider) ECS() *ecs.Client { return p.ecs }

// AutoScaling is a client of Application Auto Scaling that makes one attempt a call.
func (p *Provider) AutoScaling() *applicationautoscaling.Client { return p.scaling }

// CloudWatch is a client for reading; it makes one attempt a call.
func (p *Provider) CloudWatch() *cloudwatch.Client { return p.metrics }

// CloudWatchPublisher is a client for PutMetricData. It makes two attempts, the
// second within a budget of a tenth of the calls.
func (p *Provider) CloudWatchPublisher() *cloudwatch.Client { return p.publisher }

// Skew is AWS's clock minus ours, as its last answer told.
func (p *Provider) Skew() time.Duration { return p.skew.Skew() }

// Close ends the connections that are idle, and the call for a role's session that
// is under way; it waits for that one's end.
func (p *Provider) Close() { p.close() }
