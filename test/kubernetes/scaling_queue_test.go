//go:build e2e

package kubernetes_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// batchSize is the most that one call of SQS takes.
const batchSize = 10

// queue is a queue in moto, and how many messages are in it.
type queue struct {
	t      *testing.T
	client *sqs.Client
	url    *string
	length atomic.Int64
}

func newQueue(t *testing.T, m *testaws.Moto, name string) *queue {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context())
	require.NoError(t, err)
	q := &queue{t: t, client: sqs.NewFromConfig(cfg, func(o *sqs.Options) { o.BaseEndpoint = aws.String(m.URL) })}
	made, err := q.client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	require.NoError(t, err)
	q.url = made.QueueUrl
	return q
}

// fill puts messages in.
func (q *queue) fill(messages int) {
	q.t.Helper()
	var group errgroup.Group
	group.SetLimit(8)
	for sent := 0; sent < messages; sent += batchSize {
		group.Go(func() error { return q.put(sent, min(sent+batchSize, messages)) })
	}
	require.NoError(q.t, group.Wait())
}

// put puts one batch in.
func (q *queue) put(from, to int) error {
	var entries []types.SendMessageBatchRequestEntry
	for i := from; i < to; i++ {
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprintf("m%d", i)), MessageBody: aws.String("order")})
	}
	out, err := q.client.SendMessageBatch(q.t.Context(), &sqs.SendMessageBatchInput{QueueUrl: q.url, Entries: entries})
	if err == nil {
		q.length.Add(int64(len(out.Successful)))
	}
	return err
}

// take takes up to so many messages out, as a worker that is done with them.
func (q *queue) take(ctx context.Context, messages int) error {
	for messages > 0 {
		got, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.url, MaxNumberOfMessages: int32(min(messages, batchSize))})
		if err != nil {
			return err
		}
		if len(got.Messages) == 0 {
			return nil
		}
		var entries []types.DeleteMessageBatchRequestEntry
		for _, m := range got.Messages {
			entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
		}
		if _, err := q.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: q.url, Entries: entries}); err != nil {
			return err
		}
		q.length.Add(-int64(len(entries)))
		messages -= len(entries)
	}
	return nil
}

// work takes messages out, each running pod so many a second, until ctx ends.
func (q *queue) work(ctx context.Context, each float64, running func() int) error {
	const step = 500 * time.Millisecond
	for owed := 0.0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(step):
		}
		owed += each * step.Seconds() * float64(running())
		if err := q.take(ctx, int(owed)); err != nil && ctx.Err() == nil {
			return err
		}
		owed -= float64(int(owed))
	}
}
