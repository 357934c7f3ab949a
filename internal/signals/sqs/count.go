package sqs

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// outcome adds up counts of a queue. A count that the answer lacks is never a
// zero: where Visible is there it vouches for the answer, and the subject is
// absent; otherwise the answer is not what was asked for.
func outcome(attributes map[string]string, counts []v1alpha1.SQSCount) signals.Outcome {
	sum := 0.0
	for _, c := range counts {
		text, ok := attributes[string(attribute(c))]
		if !ok && vouched(attributes, counts) {
			return signals.Outcome{
				Err:      &signals.Error{Reason: signals.Absent, Detail: "the queue tells no such count", Answered: true},
				Sentinel: &signals.Sentinel{},
			}
		}
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case !ok:
			return failed("the answer lacks a count")
		case err != nil:
			return failed("a count is not a whole number")
		case n < 0:
			return failed("a count is negative")
		}
		sum += float64(n)
	}
	return signals.Outcome{Samples: []signals.Sample{{Value: sum}}}
}

// vouched says that an answer without some of these counts holds a good Visible
// beside them.
func vouched(attributes map[string]string, counts []v1alpha1.SQSCount) bool {
	for _, c := range counts {
		if c == v1alpha1.CountVisible {
			return false
		}
		if _, ok := attributes[string(attribute(c))]; ok {
			return false // half of a sum is no sum
		}
	}
	n, err := strconv.ParseInt(attributes[string(attribute(v1alpha1.CountVisible))], 10, 64)
	return err == nil && n >= 0
}

func failed(detail string) signals.Outcome {
	return signals.Outcome{Err: &signals.Error{Reason: signals.Parse, Detail: detail}}
}

func attribute(c v1alpha1.SQSCount) types.QueueAttributeName {
	switch c {
	case v1alpha1.CountNotVisible:
		return types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	case v1alpha1.CountDelayed:
		return types.QueueAttributeNameApproximateNumberOfMessagesDelayed
	case v1alpha1.CountVisible:
		return types.QueueAttributeNameApproximateNumberOfMessages
	default:
		return ""
	}
}
