package prometheus

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// History reads the past of one query.
type History struct {
	client   api.Client
	http     *httpx.Client
	query    string
	ageQuery string
	freshFor time.Duration
}

// NewHistory makes it. A value whose data were older than freshFor when it is evaluated
// is none: a rate() goes on, and falls, for its whole window after its target died.
func NewHistory(spec v1alpha1.PrometheusProvider, q v1alpha1.PrometheusSignal, freshFor time.Duration) (*History, error) {
	base, err := httpx.ParseBase(spec.URL)
	if err != nil {
		return nil, err
	}
	h, err := httpx.NewClient(httpx.Settings{TLS: spec.TLS, Auth: spec.Auth, Headers: spec.Headers, MaxBody: maxBody})
	if err != nil {
		return nil, err
	}
	ageQuery := q.AgeQuery
	if ageQuery == "" {
		if ageQuery, err = ageQueryOf(q.Query); err != nil {
			return nil, fmt.Errorf("query: %w", err)
		}
	}
	return &History{client: &client{http: h, base: base}, http: h, query: q.Query, ageQuery: ageQuery, freshFor: freshFor}, nil
}

// Close closes the connections that are idle.
func (h *History) Close() { h.http.CloseIdleConnections() }

// Read reads the values of a past window, evaluated at the end of each step and given
// at its begin, oldest first: a rate of the last minute is that of the minute that ends
// there. A step without a value is left out. The error is a *signals.Error.
func (h *History) Read(ctx context.Context, w signals.Window, step time.Duration) ([]signals.Sample, error) {
	values, err := h.ask(ctx, h.query, "query", w, step)
	if err != nil {
		return nil, err
	}
	ages := map[int64]float64{}
	if h.ageQuery != "" {
		if ages, err = h.ask(ctx, h.ageQuery, "ageQuery", w, step); err != nil {
			return nil, err
		}
	}
	var out []signals.Sample
	for at := w.From; at.Before(w.To); at = at.Add(step) {
		end := at.Add(step).UnixMilli()
		v, ok := values[end]
		if h.ageQuery != "" {
			old, aged := ages[end]
			ok = ok && aged && float64(end)/1000-old <= h.freshFor.Seconds()
		}
		if ok {
			out = append(out, signals.Sample{At: at.UTC(), Value: v})
		}
	}
	return out, nil
}

// ask gives the finite values by the millisecond of their evaluation.
func (h *History) ask(ctx context.Context, query, what string, w signals.Window, step time.Duration) (map[int64]float64, error) {
	span := v1.Range{Start: w.From.Add(step), End: w.To, Step: step}
	answer, warnings, _, err := v1.NewAPI(h.client).QueryRange(ctx, query, span)
	if err != nil {
		return nil, failureOf(err)
	}
	for _, w := range warnings {
		if !strings.HasPrefix(w, "PromQL info:") {
			return nil, &signals.Error{Reason: signals.Partial, Detail: "the server answered with a warning"}
		}
	}
	matrix, ok := answer.(model.Matrix)
	switch {
	case !ok:
		return nil, notAnAnswer()
	case len(matrix) > 1:
		return nil, &signals.Error{Reason: signals.Parse, Detail: fmt.Sprintf("the %s gives %d series; aggregate them, as in sum(...)", what, len(matrix))}
	}
	out := map[int64]float64{}
	for _, series := range matrix {
		for _, p := range series.Values {
			if v := float64(p.Value); !math.IsNaN(v) && !math.IsInf(v, 0) {
				out[int64(p.Timestamp)] = v
			}
		}
	}
	return out, nil
}

// IsRate tells whether a query counts what arrives in a second: whether it holds a
// rate() or irate(), and no percentile of one, which is a latency.
func IsRate(query string) bool {
	expr, err := parse(query)
	if err != nil {
		return false
	}
	rate, percentile := false, false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if call, ok := node.(*parser.Call); ok {
			switch call.Func.Name {
			case "rate", "irate":
				rate = true
			case "histogram_quantile", "histogram_avg":
				percentile = true
			}
		}
		return nil
	})
	return rate && !percentile
}
