//go:build e2e

package cost_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// world makes queues, services and metrics in the emulator, and keeps the metrics
// coming until the test ends.
func world(t *testing.T, moto *testaws.Moto, queues, metrics, services int) {
	t.Helper()
	p := testaws.NewProvider(t, moto.Provider())
	ctx := t.Context()
	for i := range queues {
		_, err := p.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(fmt.Sprintf("q%d", i))})
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { // the emulator loads a service with its first call
		_, err := p.ECS().CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("prod")})
		return err == nil
	}, patience, time.Second)
	_, err := p.ECS().RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family:               aws.String("worker"),
		ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("a"), Image: aws.String("b"), Memory: aws.Int32(128)}},
	})
	require.NoError(t, err)
	for i := range services {
		_, err := p.ECS().CreateService(ctx, &ecs.CreateServiceInput{
			Cluster: aws.String("prod"), ServiceName: aws.String(fmt.Sprintf("s%d", i)), TaskDefinition: aws.String("worker"), DesiredCount: aws.Int32(2),
		})
		require.NoError(t, err)
	}
	feed(t, p, metrics)
}

// feed puts a datapoint of every metric, now and then each half minute.
func feed(t *testing.T, p *awsx.Provider, metrics int) {
	t.Helper()
	put := func(ctx context.Context, at time.Time) error {
		in := &cloudwatch.PutMetricDataInput{Namespace: aws.String("Shop")}
		for i := range metrics {
			in.MetricData = append(in.MetricData, types.MetricDatum{
				MetricName: aws.String(fmt.Sprintf("m%d", i)), Timestamp: &at, Value: aws.Float64(7),
				Dimensions: []types.Dimension{{Name: aws.String("Of"), Value: aws.String(fmt.Sprintf("m%d", i))}},
			})
		}
		_, err := p.CloudWatch().PutMetricData(ctx, in)
		return err
	}
	for back := range 5 {
		require.NoError(t, put(t.Context(), time.Now().Add(-time.Duration(back)*time.Minute)))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		every := time.NewTicker(30 * time.Second)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case at := <-every.C:
				_ = put(ctx, at)
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func head(url string) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec:
  ops: {listen: "127.0.0.1:0"}
  externalMetrics: {listen: "127.0.0.1:0", authentication: None}
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
`, url)
}

// policiesOf are n policies over queues and metrics; the first of them scale a
// service of ECS each and publish to CloudWatch, the others publish an external metric.
func policiesOf(n, queues, metrics, services int) string {
	var b strings.Builder
	for i := range n {
		name, more := fmt.Sprintf("hpa-%d", i), ""
		if i < services {
			name = fmt.Sprintf("ecs-%d", i)
			more = fmt.Sprintf("  workload: {ecs: {provider: aws, cluster: prod, service: s%d}}\n  publish: {cloudWatch: {provider: aws}}\n", i)
		}
		fmt.Fprintf(&b, `---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: %s, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: q%d}}
    - {name: load, provider: aws, kind: Total, cloudWatch: {namespace: Shop, metric: m%d, dimensions: {Of: m%[3]d}, statistic: Average}}
  demand:
    - {name: drain, perReplica: {signal: backlog, amount: 10}}
    - {name: traffic, perReplica: {signal: load, amount: 5}}
%s`, name, i%queues, i%metrics, more)
	}
	return b.String()
}
