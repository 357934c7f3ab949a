// Package cloudwatch reads metrics and metric math from Amazon CloudWatch, and
// traffic of load balancers and use of services as sugar on it: all signals of one provider and
// interval in as few calls of GetMetricData as its limits allow.
package cloudwatch

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// concurrency is how many calls of a poll are under way at once.
const concurrency = 4

// Query is a subject: exactly one of CloudWatch, ALB and ECS is set.
type Query struct {
	Subject    signals.Subject
	CloudWatch *v1alpha1.CloudWatchSignal
	ALB        *v1alpha1.ALBSignal
	ECS        *v1alpha1.ECSSignal
}

// Source reads the subjects of one provider and interval.
type Source struct {
	provider *awsx.Provider
	subjects []signals.Subject
	faulty   []signals.Outcome // of subjects that can never be asked for
	units    []*unit
	calls    []call
}

var _ signals.Source = (*Source)(nil)

// New packs queries into calls. A query that cannot be asked for, such as an
// expression over an id that it does not name, is an outcome that fails at every
// poll; it does not touch the others.
func New(provider *awsx.Provider, queries []Query) *Source {
	s := &Source{provider: provider}
	byKey := map[string]*unit{}
	for _, q := range queries {
		s.subjects = append(s.subjects, q.Subject)
		u, failure := newUnit(q)
		if failure != nil {
			s.faulty = append(s.faulty, signals.Outcome{Subject: q.Subject, Err: failure})
			continue
		}
		if known := byKey[u.key]; known != nil {
			known.subjects = append(known.subjects, q.Subject)
			continue
		}
		byKey[u.key] = u
		s.units = append(s.units, u)
	}
	s.calls = pack(s.units)
	return s
}

// Subjects are all queries' subjects.
func (s *Source) Subjects() []signals.Subject { return s.subjects }

// Calls are those that Fetch makes where CloudWatch refuses none and answers each on
// one page.
func (s *Source) Calls() awsx.Calls {
	var calls awsx.Calls
	for _, c := range s.calls {
		calls.Each = append(calls.Each, awsx.Call{
			Service: awsx.ServiceCloudWatch, Operation: "GetMetricData",
			Metrics: awsx.MetricsRequested(c.queries), Open: c.units[0].alone,
		})
	}
	return calls
}

// Fetch reads the newest complete datapoint of every subject. A call that fails,
// fails its own subjects alone.
func (s *Source) Fetch(ctx context.Context, w signals.Window) ([]signals.Outcome, error) {
	now := w.To.Add(s.provider.Skew()) // periods are complete by CloudWatch's clock
	results := make([]result, len(s.calls))
	var group errgroup.Group
	group.SetLimit(concurrency)
	for i, c := range s.calls {
		group.Go(func() error {
			results[i] = s.do(ctx, c, now)
			return nil
		})
	}
	_ = group.Wait()
	out := append(make([]signals.Outcome, 0, len(s.subjects)), s.faulty...)
	refused := false
	for _, r := range results {
		out = append(out, r.outcomes...)
		refused = refused || r.refused
	}
	if refused {
		s.calls = pack(s.units)
	}
	skew := s.provider.Skew()
	for i := range out {
		out[i].Skew = skew
	}
	return out, nil
}
