// Package sqs reads the counts of messages that Amazon SQS keeps for a queue.
package sqs

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Queue is a subject: a queue and what to count of it.
type Queue struct {
	Subject signals.Subject
	Spec    v1alpha1.SQSSignal
}

// Source reads one queue for all subjects that count it.
type Source struct {
	provider *awsx.Provider
	queue    string
	subjects []subject
	url      string // "" until the queue's name is resolved
}

type subject struct {
	signals.Subject

	counts []v1alpha1.SQSCount
}

var _ signals.Source = (*Source)(nil)

// New makes a source for each queue. Subjects of one queue share its calls, so
// they share an interval too: give queues of one interval.
func New(provider *awsx.Provider, queues []Queue) []signals.Source {
	sources := make([]signals.Source, 0, len(queues))
	byQueue := make(map[string]*Source, len(queues))
	for _, q := range queues {
		s := byQueue[q.Spec.Queue]
		if s == nil {
			s = &Source{provider: provider, queue: q.Spec.Queue}
			if isURL(q.Spec.Queue) {
				s.url = q.Spec.Queue
			}
			byQueue[q.Spec.Queue] = s
			sources = append(sources, s)
		}
		s.subjects = append(s.subjects, subject{q.Subject, counts(q.Spec)})
	}
	return sources
}

func isURL(queue string) bool { return strings.Contains(queue, "://") }

// counts are what a signal adds up, each once.
func counts(spec v1alpha1.SQSSignal) []v1alpha1.SQSCount {
	if len(spec.Count) == 0 {
		return []v1alpha1.SQSCount{v1alpha1.CountVisible}
	}
	return slices.Compact(slices.Sorted(slices.Values(spec.Count)))
}

// Subjects are those of the queue.
func (s *Source) Subjects() []signals.Subject {
	out := make([]signals.Subject, len(s.subjects))
	for i, sub := range s.subjects {
		out[i] = sub.Subject
	}
	return out
}

// Calls are those that Fetch makes.
func (s *Source) Calls() awsx.Calls {
	calls := awsx.Calls{Each: []awsx.Call{{Service: awsx.ServiceSQS, Operation: "GetQueueAttributes"}}}
	if s.url == "" {
		calls.First = []awsx.Call{{Service: awsx.ServiceSQS, Operation: "GetQueueUrl"}}
	}
	return calls
}

// Fetch makes one call of GetQueueAttributes, after one of GetQueueUrl as long as
// the queue's address is not known. The window does not matter: SQS tells the
// present alone.
func (s *Source) Fetch(ctx context.Context, _ signals.Window) ([]signals.Outcome, error) {
	attributes, failure := s.read(ctx)
	if failure != nil {
		return nil, failure
	}
	skew := s.provider.Skew()
	out := make([]signals.Outcome, len(s.subjects))
	for i, sub := range s.subjects {
		out[i] = outcome(attributes, sub.counts)
		out[i].Subject, out[i].Skew = sub.Subject, skew
	}
	return out, nil
}

func (s *Source) read(ctx context.Context) (map[string]string, *signals.Error) {
	if s.url == "" {
		if failure := s.resolve(ctx); failure != nil {
			return nil, failure
		}
	}
	got, err := s.provider.SQS().GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &s.url,
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages,
			types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
			types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
		},
	})
	if err != nil {
		failure := s.failure(err)
		if failure.Reason == signals.Missing && !isURL(s.queue) {
			s.url = "" // it may come back elsewhere
		}
		return nil, failure
	}
	return got.Attributes, nil
}

func (s *Source) resolve(ctx context.Context) *signals.Error {
	got, err := s.provider.SQS().GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &s.queue})
	if err != nil {
		return s.failure(err)
	}
	if aws.ToString(got.QueueUrl) == "" {
		return &signals.Error{Reason: signals.Parse, Detail: "the answer holds no queue URL"}
	}
	s.url = *got.QueueUrl
	return nil
}

func (s *Source) failure(err error) *signals.Error {
	failure := s.provider.Failure(err)
	if failure.Reason == signals.Missing {
		return &signals.Error{Reason: signals.Missing, Detail: "the queue does not exist"}
	}
	return failure
}
