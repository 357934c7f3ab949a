//go:build e2e

package replay_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// batchSize is the most messages that SQS takes in a call.
const batchSize = 10

// queue is a queue that fills and drains.
type queue struct {
	client *sqs.Client
	name   string
	url    *string // nil: not made yet
	owed   float64
}

func newQueue(t *testing.T, m *testaws.Moto, name string) *queue {
	t.Helper()
	return &queue{client: testaws.NewProvider(t, m.Provider()).SQS(), name: name}
}

func (q *queue) make(t *testing.T) {
	t.Helper()
	made, err := q.client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &q.name})
	require.NoError(t, err)
	q.url = made.QueueUrl
}

// send sends what is owed in whole messages.
func (q *queue) send(ctx context.Context, more float64) {
	for q.owed += more; q.owed >= 1; {
		var entries []types.SendMessageBatchRequestEntry
		for ; q.owed >= 1 && len(entries) < batchSize; q.owed-- {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(len(entries))), MessageBody: aws.String("x")})
		}
		if _, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: q.url, Entries: entries}); err != nil {
			return // the outage has begun; the test tells by what the record holds
		}
	}
}

// work serves so many batches.
func (q *queue) work(ctx context.Context, batches int) {
	for range batches {
		got, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.url, MaxNumberOfMessages: batchSize})
		if err != nil || len(got.Messages) == 0 {
			return
		}
		var entries []types.DeleteMessageBatchRequestEntry
		for i, m := range got.Messages {
			entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
		}
		_, _ = q.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: q.url, Entries: entries})
	}
}

// flow lets traffic flow for a while, by the clock: a wave, noise and a flash crowd, and
// workers that keep up with the wave and not with the crowd.
func flow(t *testing.T, d time.Duration, seed uint64, queues ...*queue) {
	t.Helper()
	traffic := trace.Generate(trace.Shape{
		Step: time.Second, Length: d, Mean: 4, Noise: 0.5, Seed: seed,
		CrowdAt: d / 3, Rise: d / 12, Hold: min(d/6, 20*time.Second), CrowdBy: 5,
	})
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for began := time.Now(); time.Since(began) < d; {
		perSecond, _ := traffic.At(min(int(time.Since(began)/time.Second), traffic.Len()-1))
		for n, q := range queues {
			q.send(t.Context(), perSecond/float64(n+1))
			q.work(t.Context(), 1)
		}
		<-beat.C
	}
}
