// Package prometheus reads numbers from servers that speak Prometheus' HTTP API.
//
// A number's age is not that of its evaluation: it is asked for in the same poll,
// as the oldest timestamp() over what the query selects.
package prometheus

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/api"
	"github.com/prometheus/common/model"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Query is a subject and what is asked for it.
type Query struct {
	Subject signals.Subject
	Spec    v1alpha1.PrometheusSignal
}

// Source reads one query. A poll makes at most two calls.
type Source struct {
	subject  signals.Subject
	query    string
	ageQuery string // empty: nothing tells the age
	client   api.Client
	skew     func() time.Duration
}

var _ signals.Source = (*Source)(nil)

// New makes a source for each query; they share one client. A query that
// Prometheus' own parser does not read needs an ageQuery.
func New(spec v1alpha1.PrometheusProvider, queries []Query) ([]signals.Source, error) {
	base, err := httpx.ParseBase(spec.URL)
	if err != nil {
		return nil, err
	}
	h, err := httpx.NewClient(httpx.Settings{TLS: spec.TLS, Auth: spec.Auth, Headers: spec.Headers, MaxBody: maxBody})
	if err != nil {
		return nil, err
	}
	sources := make([]signals.Source, 0, len(queries))
	for _, q := range queries {
		ageQuery := q.Spec.AgeQuery
		if ageQuery == "" {
			if ageQuery, err = ageQueryOf(q.Spec.Query); err != nil {
				return nil, fmt.Errorf("query of %s: %w", q.Subject, err)
			}
		}
		sources = append(sources, &Source{
			subject: q.Subject, query: q.Spec.Query, ageQuery: ageQuery,
			client: &client{http: h, base: base}, skew: h.Skew,
		})
	}
	return sources, nil
}

// Subjects is the one subject.
func (s *Source) Subjects() []signals.Subject { return []signals.Subject{s.subject} }

// Fetch asks for the age and then for the value, both at the window's end, so that
// the value is never older than its age says. Without an age the value is not
// asked for.
func (s *Source) Fetch(ctx context.Context, w signals.Window) ([]signals.Outcome, error) {
	o := signals.Outcome{Subject: s.subject, RaiseOnly: s.ageQuery == ""}
	at := w.To
	if s.ageQuery != "" {
		answer, err := ask(ctx, s.client, s.ageQuery, w.To)
		if err != nil {
			return nil, err
		}
		if at, o.Err = instant(answer, w.To); o.Err != nil {
			return s.outcome(o), nil
		}
	}
	answer, err := ask(ctx, s.client, s.query, w.To)
	if err != nil {
		return nil, err
	}
	value, failed := number(answer, s.ageQuery != "")
	if o.Err = failed; failed == nil {
		o.Samples = []signals.Sample{{At: at, Value: value}}
	}
	return s.outcome(o), nil
}

func (s *Source) outcome(o signals.Outcome) []signals.Outcome {
	o.Skew = s.skew()
	return []signals.Outcome{o}
}

// futureLimit is how far beyond the evaluation an age may lie; beyond, it is no
// Unix time in seconds.
const futureLimit = 2 * time.Minute

// instant reads the answer to an age query.
func instant(answer model.Value, evaluated time.Time) (time.Time, *signals.Error) {
	v, found, failed := single(answer, "ageQuery")
	limit := float64(evaluated.Add(futureLimit).Unix())
	switch {
	case failed != nil:
		return time.Time{}, failed
	case !found, math.IsNaN(v):
		return time.Time{}, &signals.Error{Reason: signals.Absent, Detail: "a selector of the query has no series now"}
	case v < 0, v > limit:
		return time.Time{}, &signals.Error{Reason: signals.Invalid, Detail: "the ageQuery gives no Unix time of the past"}
	}
	seconds, part := math.Modf(v)
	at := time.Unix(int64(seconds), int64(part*float64(time.Second))).UTC().Round(time.Millisecond)
	if at.After(evaluated) {
		at = evaluated
	}
	return at, nil
}

// number reads the answer to a query. With aged, the data were seen to be there.
func number(answer model.Value, aged bool) (float64, *signals.Error) {
	v, found, failed := single(answer, "query")
	switch {
	case failed != nil:
		return 0, failed
	case !found:
		return 0, &signals.Error{Reason: signals.Absent, Detail: "the query gives nothing", Answered: aged}
	case math.IsNaN(v):
		return 0, &signals.Error{Reason: signals.Absent, Detail: "the query gives NaN", Answered: aged}
	case math.IsInf(v, 0):
		return 0, &signals.Error{Reason: signals.Invalid, Detail: "the query gives an infinite number"}
	}
	return v, nil
}

// single reads an answer of one number; found is false if it is empty.
func single(answer model.Value, what string) (v float64, found bool, failed *signals.Error) {
	switch answer := answer.(type) {
	case *model.Scalar:
		return float64(answer.Value), true, nil
	case model.Vector:
		switch {
		case len(answer) == 0:
			return 0, false, nil
		case len(answer) > 1:
			return 0, false, &signals.Error{Reason: signals.Parse, Detail: "the " + what + " gives " + strconv.Itoa(len(answer)) + " series; aggregate them, as in sum(...)"}
		case answer[0] == nil, answer[0].Histogram != nil:
			return 0, false, &signals.Error{Reason: signals.Parse, Detail: "the " + what + " gives a histogram; take a number of it, as in histogram_quantile(...)"}
		}
		return float64(answer[0].Value), true, nil
	default:
		return 0, false, &signals.Error{Reason: signals.Parse, Detail: "the " + what + " gives neither a vector nor a scalar"}
	}
}
