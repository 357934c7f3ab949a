// Package httpjson reads numbers out of JSON documents over HTTP.
package httpjson

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Query is a subject and what is read for it.
type Query struct {
	Subject signals.Subject
	Spec    v1alpha1.HTTPSignal
}

// Source reads one document, and the values of its subjects out of it. A poll is
// one GET.
type Source struct {
	url    string
	values []value
	client *httpx.Client
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
		v, err := newValue(q)
		if err != nil {
			return nil, err
		}
		source, ok := byURL[url]
		if !ok {
			source = &Source{url: url, client: client}
			byURL[url] = source
			sources = append(sources, source)
		}
		source.values = append(source.values, v)
	}
	return sources, nil
}

// Subjects are those read out of the document.
func (s *Source) Subjects() []signals.Subject {
	subjects := make([]signals.Subject, 0, len(s.values))
	for _, v := range s.values {
		subjects = append(subjects, v.subject)
	}
	return subjects
}

// Fetch gets the document. It fails as a whole where there is none; a value that
// is not in it fails alone.
func (s *Source) Fetch(ctx context.Context, _ signals.Window) ([]signals.Outcome, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return nil, httpx.Failure(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Cache-Control", "no-cache")
	resp, err := s.client.Do(req) //nolint:bodyclose // decode closes it
	if err != nil {
		return nil, err
	}
	body, err := decode(resp)
	if err != nil {
		return nil, err
	}
	modified := lastModified(resp.Header)
	outcomes := make([]signals.Outcome, 0, len(s.values))
	for _, v := range s.values {
		o := v.outcome(body, modified)
		o.Skew = s.client.Skew()
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// lastModified is zero where the answer tells nothing usable.
func lastModified(h http.Header) time.Time {
	at, err := http.ParseTime(h.Get("Last-Modified"))
	if err != nil || !believable(at) {
		return time.Time{}
	}
	return at.UTC()
}
