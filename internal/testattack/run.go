package testattack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	workers   = 4
	maxFaults = 10
	maxBody   = 1 << 10
)

// Result is how a class of requests was answered.
type Result struct {
	Class string
	Sent  int
	// Statuses counts the answers.
	Statuses map[int]int
	// Median and Slowest are how long an answer took.
	Median, Slowest time.Duration
	// Faults are the first answers that must not be.
	Faults []string
}

// Refused says whether a status is one that a malicious request may be given.
func Refused(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return false
}

// Run sends the first n variations of the class, a few at once, and waits for all
// answers.
func (c Class) Run(ctx context.Context, t Target, n int) (Result, error) {
	client, err := t.client(c.As)
	if err != nil {
		return Result{}, err
	}
	defer client.CloseIdleConnections()
	r := Result{Class: c.Name, Sent: n, Statuses: map[int]int{}}
	var mu sync.Mutex // guards r and took
	took := make([]time.Duration, 0, n)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				a := t.send(ctx, client, c, i)
				mu.Lock()
				took = append(took, a.took)
				r.Statuses[a.status]++
				if fault := a.fault(t.Secrets); fault != "" && len(r.Faults) < maxFaults {
					r.Faults = append(r.Faults, fmt.Sprintf("%s #%d: %s", c.Name, i, fault))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	r.Median, r.Slowest = took[n/2], took[n-1]
	return r, nil
}

type answer struct {
	err    error
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

func (t Target) send(ctx context.Context, client *http.Client, c Class, i int) (a answer) {
	req, err := t.build(ctx, c.request(t, i))
	if err != nil {
		return answer{err: err}
	}
	if token := t.Tokens[c.As]; token != "" {
		req.Header["Authorization"] = []string{"Bearer " + token}
	}
	begin := time.Now()
	defer func() { a.took = time.Since(begin) }()
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return answer{err: err, status: resp.StatusCode, header: resp.Header, body: body}
}

// build leaves path and query as they stand.
func (t Target) build(ctx context.Context, r request) (*http.Request, error) {
	base, err := url.Parse(t.URL)
	if err != nil {
		return nil, fmt.Errorf("parse the target's URL: %w", err)
	}
	var body io.Reader = http.NoBody
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, t.URL, body)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	req.URL = &url.URL{Scheme: base.Scheme, Host: base.Host, Opaque: base.Path + r.path, RawQuery: r.query}
	maps.Copy(req.Header, r.header)
	return req, nil
}

// fault says what is wrong with an answer; empty if nothing is.
func (a answer) fault(secrets []string) string {
	if a.err != nil {
		return "no answer: " + a.err.Error()
	}
	if !Refused(a.status) {
		return fmt.Sprintf("status %d: %.200s", a.status, a.body)
	}
	for _, name := range []string{"Retry-After", "Location", "Upgrade"} {
		if len(a.header.Values(name)) > 0 {
			return fmt.Sprintf("status %d with %s", a.status, name)
		}
	}
	if len(a.body) > maxBody {
		return fmt.Sprintf("status %d with %d bytes", a.status, len(a.body))
	}
	for _, secret := range append([]string{"ExternalMetricValueList"}, secrets...) {
		if bytes.Contains(a.body, []byte(secret)) {
			return fmt.Sprintf("status %d with %q", a.status, secret)
		}
	}
	return ""
}
