// Package cloudwatch publishes decisions as metrics of Amazon CloudWatch, for
// target tracking to follow.
package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks"
)

// concurrency is how many requests of a publication are under way at once.
const concurrency = 4

// Settings are one namespace of one provider.
type Settings struct {
	// Namespace of the metrics.
	Namespace string
	// Period between two publications, and of the timestamps.
	Period time.Duration
	// Mono reads the monotonic clock that decisions expire by.
	Mono func() time.Duration
}

// Policy is whose decisions are published, and how.
type Policy struct {
	ID policy.ID
	// Compensate reports a Utilization of at most 89 where target tracking would keep
	// more than a confirmed decision for its band below the target.
	Compensate bool
	// Signals to publish too.
	Signals []string
}

// Sink publishes the decisions of some policies. The caller calls Publish once a
// period, with the latest decisions.
type Sink struct {
	provider *awsx.Provider
	settings Settings
	policies map[policy.ID]Policy
}

var _ sinks.Sink = (*Sink)(nil)

// New makes a sink for policies; it ignores the decisions of others.
func New(provider *awsx.Provider, settings Settings, policies []Policy) *Sink {
	s := &Sink{provider: provider, settings: settings, policies: make(map[policy.ID]Policy, len(policies))}
	for _, p := range policies {
		s.policies[p.ID] = p
	}
	return s
}

// Publish sends what is known now. What is unknown, or has expired since it was
// decided, is left out: silence freezes target tracking, and nothing is repeated or
// filled in later. The error tells how much did not arrive, and why.
func (s *Sink) Publish(ctx context.Context, ds []policy.Decision) error {
	return s.put(ctx, s.batches(ds, s.settings.Mono()))
}

// Calls are those that Publish makes of decisions that do not expire.
func (s *Sink) Calls(ds []policy.Decision) []awsx.Call {
	var calls []awsx.Call
	for _, batch := range s.batches(ds, 0) {
		calls = append(calls, awsx.Call{Service: awsx.ServiceCloudWatch, Operation: "PutMetricData", Metrics: len(batch)})
	}
	return calls
}

func (s *Sink) batches(ds []policy.Decision, now time.Duration) [][]types.MetricDatum {
	var datums []types.MetricDatum
	for _, d := range ds {
		if _, ours := s.policies[d.Policy]; ours {
			datums = append(datums, s.datums(d, now)...)
			datums = append(datums, s.signalDatums(d, now)...)
		}
	}
	return batches(datums)
}

// put sends batches on their own: one that fails does not keep back the others.
func (s *Sink) put(ctx context.Context, batches [][]types.MetricDatum) error {
	failures := make([]*signals.Error, len(batches))
	var group errgroup.Group
	group.SetLimit(concurrency)
	for i, batch := range batches {
		group.Go(func() error {
			_, err := s.provider.CloudWatchPublisher().PutMetricData(ctx, &cloudwatch.PutMetricDataInput{
				Namespace: &s.settings.Namespace, MetricData: batch,
			})
			if err != nil {
				failures[i] = s.provider.Failure(err)
			}
			return nil
		})
	}
	_ = group.Wait()
	return join(batches, failures)
}

// join makes one error of the failures, each reason told once.
func join(batches [][]types.MetricDatum, failures []*signals.Error) error {
	var reasons []error
	var told []string
	requests, lost, all := 0, 0, 0
	for i, f := range failures {
		all += len(batches[i])
		if f == nil {
			continue
		}
		requests++
		lost += len(batches[i])
		if !slices.Contains(told, f.Error()) {
			told = append(told, f.Error())
			reasons = append(reasons, f)
		}
	}
	if requests == 0 {
		return nil
	}
	return fmt.Errorf("put %d of %d metrics in %d of %d requests: %w", lost, all, requests, len(batches), errors.Join(reasons...))
}
