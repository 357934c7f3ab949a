package cloudwatch

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// maxHistoryPages bounds the answer to a call for the past.
const maxHistoryPages = 100

// History reads what CloudWatch has of a past window, from w.From to before w.To, both
// whole periods: for each query, the datapoints that there are, oldest first, each at
// the begin of its period. What has no datapoint is left out; whether that is zero the
// caller has to know. The window times the queries is to be at most 100,800 periods.
// The error is a *signals.Error.
func History(ctx context.Context, p *awsx.Provider, queries []v1alpha1.CloudWatchSignal, w signals.Window, period time.Duration) ([][]signals.Sample, error) {
	units := make([]*unit, len(queries))
	for i, q := range queries {
		q.Period = v1alpha1.Duration{Duration: period}
		u, failure := newUnit(Query{CloudWatch: &q})
		if failure != nil {
			return nil, failure
		}
		units[i] = u
	}
	out := make([][]signals.Sample, len(queries))
	for _, c := range pack(units) {
		found, err := past(ctx, p, c, w)
		if err != nil {
			return nil, p.Failure(err)
		}
		for i, u := range c.units {
			s := found[c.wants[i].id]
			if failure := s.failure(); failure != nil {
				return nil, failure
			}
			out[slices.Index(units, u)] = s.samples(w, period)
		}
	}
	return out, nil
}

// history is one query's answer over a window.
type history struct {
	series

	points map[int64]float64 // by the begin of their period
}

// past gets all pages of a call for a window.
func past(ctx context.Context, p *awsx.Provider, c call, w signals.Window) (map[string]*history, error) {
	in := &cloudwatch.GetMetricDataInput{
		MetricDataQueries: c.queries, StartTime: aws.Time(w.From), EndTime: aws.Time(w.To),
		ScanBy: types.ScanByTimestampAscending,
	}
	found := map[string]*history{}
	for range maxHistoryPages {
		page, err := p.CloudWatch().GetMetricData(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, r := range page.MetricDataResults {
			id := aws.ToString(r.Id)
			if found[id] == nil {
				found[id] = &history{series: series{label: aws.ToString(r.Label)}, points: map[int64]float64{}}
			}
			found[id].add(r)
		}
		if aws.ToString(page.NextToken) == "" {
			return found, nil
		}
		in.NextToken = page.NextToken
	}
	return nil, &signals.Error{Reason: signals.Partial, Detail: "the answer has too many pages"}
}

func (h *history) add(r types.MetricDataResult) {
	h.status = r.StatusCode // a later page completes an earlier one
	switch {
	case h.label != aws.ToString(r.Label):
		h.fault = "the query gives more than one series"
		return
	case len(r.Timestamps) != len(r.Values):
		h.fault = "the answer has timestamps and values of unequal number"
		return
	}
	for i, at := range r.Timestamps {
		if v := r.Values[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			h.fault = "the answer has a value that is not a finite number"
			return
		}
		h.points[at.Unix()] = r.Values[i]
	}
}

// failure tells why there is no good answer; nil: there is one.
func (h *history) failure() *signals.Error {
	if h == nil {
		return (*series)(nil).failure()
	}
	return h.series.failure()
}

// samples are the points of the window's periods, oldest first.
func (h *history) samples(w signals.Window, period time.Duration) []signals.Sample {
	var out []signals.Sample
	for at := w.From; at.Before(w.To); at = at.Add(period) {
		if v, ok := h.points[at.Unix()]; ok {
			out = append(out, signals.Sample{At: at.UTC(), Value: v})
		}
	}
	return out
}
