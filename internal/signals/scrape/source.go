// Package scrape reads numbers off pages of metrics, as Prometheus does: in its
// text format and in OpenMetrics.
package scrape

import (
	"context"
	"fmt"
	"net/http"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// accept asks for OpenMetrics first: its end is marked, so that a page that breaks
// off is known to.
const accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

// Query is a subject and what is read for it.
type Query struct {
	Subject signals.Subject
	Spec    v1alpha1.ScrapeSignal
}

// Source reads one page, and the numbers of its subjects off it. A poll is one GET.
// Of counters it remembers the page before.
type Source struct {
	url     string
	numbers []*number
	client  *httpx.Client
}

var _ signals.Source = (*Source)(nil)

// New makes a source for each distinct path, in order; they share one client.
func New(spec v1alpha1.HTTPProvider, queries []Query) ([]signals.Source, error) {
	base, err := httpx.ParseBase(spec.URL)
	if err != nil {
		return nil, err
	}
	client, err := httpx.NewClient(httpx.Settings{TLS: spec.TLS, Auth: spec.Auth, Headers: spec.Headers, MaxBody: maxBody})
	if err != nil {
		return nil, err
	}
	var sources []signals.Source
	byURL := make(map[string]*Source, len(queries))
	for _, q := range queries {
		url, err := httpx.Under(base, q.Spec.Path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.Subject, err)
		}
		source, ok := byURL[url]
		if !ok {
			source = &Source{url: url, client: client}
			byURL[url] = source
			sources = append(sources, source)
		}
		source.numbers = append(source.numbers, newNumber(q))
	}
	return sources, nil
}

// Subjects are those read off the page.
func (s *Source) Subjects() []signals.Subject {
	subjects := make([]signals.Subject, 0, len(s.numbers))
	for _, n := range s.numbers {
		subjects = append(subjects, n.subject)
	}
	return subjects
}

// Fetch gets the page. It fails as a whole where that cannot be read; a number that
// is not on it fails alone.
func (s *Source) Fetch(ctx context.Context, w signals.Window) ([]signals.Outcome, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return nil, httpx.Failure(err)
	}
	req.Header.Set("Accept", accept)
	resp, err := s.client.Do(req) //nolint:bodyclose // ReadBody closes it
	if err != nil {
		return nil, err
	}
	body, err := httpx.ReadBody(resp, maxBody)
	if failed := httpx.StatusFailure(resp.StatusCode); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, err
	}
	return s.read(body, resp.Header.Get("Content-Type"), w)
}

// read makes the outcomes of a page.
func (s *Source) read(body []byte, contentType string, w signals.Window) ([]signals.Outcome, error) {
	found, failed := find(body, contentType, s.numbers)
	if failed != nil {
		return nil, failed
	}
	outcomes := make([]signals.Outcome, 0, len(s.numbers))
	for i, n := range s.numbers {
		o := n.outcome(found[i], w)
		o.Skew = s.client.Skew()
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}
