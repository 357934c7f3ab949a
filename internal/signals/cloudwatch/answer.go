package cloudwatch

import (
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/scaler-dev/scaler/internal/signals"
)

// answer is what the pages of a call hold.
type answer struct {
	period time.Duration
	end    time.Time
	series map[string]*series // by the query's id
}

// series is one query's answer: its newest complete datapoint.
type series struct {
	label  string
	status types.StatusCode
	start  time.Time // of the newest complete period; zero: there is none
	value  float64
	fault  string
}

func (a *answer) add(page []types.MetricDataResult) {
	seen := make(map[string]bool, len(page))
	for _, r := range page {
		id, label := aws.ToString(r.Id), aws.ToString(r.Label)
		s := a.series[id]
		if s == nil {
			s = &series{label: label}
			a.series[id] = s
		}
		if seen[id] || s.label != label {
			s.fault = "the query gives more than one series"
		}
		seen[id] = true
		s.status = r.StatusCode // a later page completes an earlier one
		if len(r.Timestamps) != len(r.Values) {
			s.fault = "the answer has timestamps and values of unequal number"
			continue
		}
		for i, start := range r.Timestamps {
			if start.After(s.start) && !start.Add(a.period).After(a.end) {
				s.start, s.value = start, r.Values[i]
			}
		}
	}
}

// failure tells why a query has no good answer; nil: it has one.
func (s *series) failure() *signals.Error {
	switch {
	case s == nil:
		return &signals.Error{Reason: signals.Partial, Detail: "the answer lacks the query"}
	case s.fault != "":
		return &signals.Error{Reason: signals.Parse, Detail: s.fault}
	}
	switch s.status {
	case types.StatusCodeComplete:
		return nil
	case types.StatusCodeInternalError:
		return &signals.Error{Reason: signals.Unavailable, Detail: "CloudWatch failed on the query"}
	case types.StatusCodeForbidden:
		return &signals.Error{Reason: signals.Auth, Detail: "CloudWatch denies access to the metric"}
	case types.StatusCodePartialData:
		return &signals.Error{Reason: signals.Partial, Detail: "CloudWatch gave some of the datapoints"}
	default:
		return &signals.Error{Reason: signals.Partial, Detail: "CloudWatch does not say that the answer is complete"}
	}
}

// outcome is a sample at the end of the newest complete period: it is only then
// that a sum or an average over the period is true.
func (a *answer) outcome(w want, divisor float64) signals.Outcome {
	s := a.series[w.id]
	if failure := s.failure(); failure != nil {
		return signals.Outcome{Err: failure}
	}
	if s.start.IsZero() {
		return signals.Outcome{
			Err:      &signals.Error{Reason: signals.Absent, Detail: "there is no datapoint", Answered: true},
			Sentinel: a.sentinel(w.sentinel),
		}
	}
	value := s.value / divisor
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return signals.Outcome{Err: &signals.Error{Reason: signals.Invalid, Detail: "not a finite number"}}
	}
	return signals.Outcome{Samples: []signals.Sample{{At: a.over(s), Value: value}}}
}

// sentinel proves that absence is zero: targets are healthy, and were counted.
func (a *answer) sentinel(id string) *signals.Sentinel {
	s := a.series[id]
	if id == "" || s.failure() != nil || s.start.IsZero() || !(s.value > 0) {
		return nil
	}
	return &signals.Sentinel{At: a.over(s)}
}

// over is when the newest complete period of a series ended.
func (a *answer) over(s *series) time.Time { return s.start.Add(a.period).UTC() }
