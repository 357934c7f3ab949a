//go:build e2e

package ecs_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/targettracking"
	"github.com/scaler-dev/scaler/internal/testaws"
)

const (
	clusterName = "prod"
	batchSize   = 10 // the most that a call of SQS takes
	dimension   = scalingtypes.ScalableDimensionECSServiceDesiredCount
)

// account is one AWS, emulated. The clients are the SDK's own, with its retries: they
// are patient where the daemon's are not.
type account struct {
	moto    *testaws.Moto
	ecs     *ecs.Client
	sqs     *sqs.Client
	scaling *applicationautoscaling.Client
	metrics *cloudwatch.Client
}

// newAccount starts one whose services have tasks at first.
func newAccount(t *testing.T, tasks int32) *account {
	t.Helper()
	m := testaws.StartOwn(t, fmt.Sprintf("MOTO_ECS_SERVICE_RUNNING=%d", tasks))
	cfg, err := config.LoadDefaultConfig(t.Context())
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: batchSize}, Timeout: patience}
	t.Cleanup(client.CloseIdleConnections)
	cfg.BaseEndpoint, cfg.HTTPClient = &m.URL, client
	a := &account{
		moto: m, ecs: ecs.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg), scaling: applicationautoscaling.NewFromConfig(cfg),
		metrics: cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) { o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801) }),
	}
	_, err = a.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String(clusterName)})
	require.NoError(t, err)
	_, err = a.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family:               aws.String("worker"),
		ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("worker"), Image: aws.String("worker"), Memory: aws.Int32(128)}},
	})
	require.NoError(t, err)
	return a
}

// service makes a service, its scalable target and its queue, all of one name.
func (a *account) service(t *testing.T, name string, tasks, least, most int32) (queue string) {
	t.Helper()
	_, err := a.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String(clusterName), ServiceName: &name, TaskDefinition: aws.String("worker"), DesiredCount: &tasks,
	})
	require.NoError(t, err)
	require.NoError(t, a.register(t.Context(), name, least, most))
	made, err := a.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	require.NoError(t, err)
	return *made.QueueUrl
}

func resource(service string) string { return "service/" + clusterName + "/" + service }

func (a *account) register(ctx context.Context, service string, least, most int32) error {
	_, err := a.scaling.RegisterScalableTarget(ctx, &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ScalableDimension: dimension, ResourceId: aws.String(resource(service)),
		MinCapacity: &least, MaxCapacity: &most,
	})
	return err
}

// capacity is the range of a service's scalable target.
func (a *account) capacity(ctx context.Context, service string) (least, most int32, err error) {
	got, err := a.scaling.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ScalableDimension: dimension, ResourceIds: []string{resource(service)},
	})
	if err != nil || len(got.ScalableTargets) != 1 {
		return 0, 0, fmt.Errorf("describe the scalable target of %s: %w", service, err)
	}
	return *got.ScalableTargets[0].MinCapacity, *got.ScalableTargets[0].MaxCapacity, nil
}

// scheduled are the scheduled actions of a service, of one time each.
func (a *account) scheduled(ctx context.Context, service string) ([]targettracking.Action, error) {
	got, err := a.scaling.DescribeScheduledActions(ctx, &applicationautoscaling.DescribeScheduledActionsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ScalableDimension: dimension, ResourceId: aws.String(resource(service)),
	})
	if err != nil {
		return nil, err
	}
	var out []targettracking.Action
	for _, s := range got.ScheduledActions {
		at, err := time.Parse("at(2006-01-02T15:04:05)", *s.Schedule)
		if err != nil {
			return nil, err
		}
		out = append(out, targettracking.Action{
			Name: *s.ScheduledActionName, At: at, Min: s.ScalableTargetAction.MinCapacity, Max: s.ScalableTargetAction.MaxCapacity,
		})
	}
	return out, nil
}

func (a *account) order(ctx context.Context, service string, tasks int32) error {
	_, err := a.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String(clusterName), Service: &service, DesiredCount: &tasks})
	return err
}

// utilization are the datapoints of a policy's Utilization, oldest first.
func (a *account) utilization(ctx context.Context, policy, statistic string, period time.Duration, from, to time.Time) ([]targettracking.Datapoint, error) {
	got, err := a.metrics.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(from.Truncate(period)), EndTime: &to, ScanBy: cwtypes.ScanByTimestampAscending,
		MetricDataQueries: []cwtypes.MetricDataQuery{{Id: aws.String("u"), MetricStat: &cwtypes.MetricStat{
			Stat: &statistic, Period: aws.Int32(int32(period.Seconds())),
			Metric: &cwtypes.Metric{Namespace: aws.String("Scaler"), MetricName: aws.String("Utilization"), Dimensions: []cwtypes.Dimension{
				{Name: aws.String("Namespace"), Value: aws.String("shop")}, {Name: aws.String("Policy"), Value: &policy},
			}},
		}}},
	})
	if err != nil {
		return nil, err
	}
	var out []targettracking.Datapoint
	for i, at := range got.MetricDataResults[0].Timestamps {
		out = append(out, targettracking.Datapoint{At: at, Value: got.MetricDataResults[0].Values[i]})
	}
	return out, nil
}

// send puts messages into a queue.
func (a *account) send(ctx context.Context, queue string, messages int) error {
	for sent := 0; sent < messages; sent += batchSize {
		var entries []sqstypes.SendMessageBatchRequestEntry
		for i := sent; i < min(sent+batchSize, messages); i++ {
			entries = append(entries, sqstypes.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint("m", i)), MessageBody: aws.String("order")})
		}
		if _, err := a.sqs.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &queue, Entries: entries}); err != nil {
			return err
		}
	}
	return nil
}

// take removes messages from a queue.
func (a *account) take(ctx context.Context, queue string, messages int) error {
	for messages > 0 {
		got, err := a.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: int32(min(messages, batchSize))})
		if err != nil {
			return err
		}
		if len(got.Messages) == 0 {
			return nil
		}
		var entries []sqstypes.DeleteMessageBatchRequestEntry
		for i, m := range got.Messages {
			entries = append(entries, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint("m", i)), ReceiptHandle: m.ReceiptHandle})
		}
		if _, err := a.sqs.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &queue, Entries: entries}); err != nil {
			return err
		}
		messages -= len(got.Messages)
	}
	return nil
}
