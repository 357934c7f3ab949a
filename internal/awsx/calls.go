package awsx

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/middleware"
)

// The services, as the SDK names them.
const (
	ServiceSQS         = "SQS"
	ServiceCloudWatch  = "CloudWatch"
	ServiceECS         = "ECS"
	ServiceAutoScaling = "Application Auto Scaling"
)

// Call is one call of an operation.
type Call struct {
	Service   string // as in SQS
	Operation string // as in GetQueueAttributes
	// Metrics is how many it asks for or puts; GetMetricData is billed by it.
	Metrics int
	// Open says that it asks for whatever matches, so that Metrics is the least.
	Open bool
}

// Calls are what a source says that it will make.
type Calls struct {
	First []Call // once, with its first fetch
	Each  []Call // with each fetch, in health
}

// Observer is told of every call as it is sent, second attempts included. It may be
// called at once from several goroutines, and must not wait.
type Observer func(Call)

// MetricsRequested is what a call of GetMetricData is billed by: the metrics that it
// asks for, as it counts them and as it returns them. An expression is none by itself.
func MetricsRequested(queries []types.MetricDataQuery) int {
	n := 0
	for _, q := range queries {
		if q.MetricStat != nil {
			n++
		}
	}
	return max(1, n)
}

type metricsKey struct{}

// observe adds observers to a client's operations.
func observe(observers []Observer) func(*middleware.Stack) error {
	count := func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(middleware.WithStackValue(ctx, metricsKey{}, metricsOf(in.Parameters)), in)
	}
	tell := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		n, _ := middleware.GetStackValue(ctx, metricsKey{}).(int)
		for _, o := range observers {
			o(Call{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx), Metrics: n})
		}
		return next.HandleDeserialize(ctx, in)
	}
	return func(stack *middleware.Stack) error {
		return errors.Join(
			stack.Initialize.Add(middleware.InitializeMiddlewareFunc("ScalerMetricsOf", count), middleware.Before),
			// The last step before the wire, within each attempt.
			stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("ScalerCalls", tell), middleware.After),
		)
	}
}

func metricsOf(input any) int {
	switch in := input.(type) {
	case *cloudwatch.GetMetricDataInput:
		return MetricsRequested(in.MetricDataQueries)
	case *cloudwatch.PutMetricDataInput:
		return len(in.MetricData)
	default:
		return 0
	}
}
