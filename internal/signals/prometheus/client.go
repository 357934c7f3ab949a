package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// maxBody is the largest answer in bytes, decompressed.
const maxBody = 1 << 20

// client is a server's API, as client_golang's API calls it.
type client struct {
	http *httpx.Client
	base *url.URL
}

var _ api.Client = (*client)(nil)

// URL is an endpoint under the provider's base.
func (c *client) URL(endpoint string, _ map[string]string) *url.URL { return c.base.JoinPath(endpoint) }

// Do sends a request and reads its answer whole. An answer comes back beside an
// error only where the caller should ask again by GET; a 403 is not asked twice.
func (c *client) Do(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	resp, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		return nil, nil, err
	}
	body, unread := httpx.ReadBody(resp, maxBody)
	if failed := failure(resp.StatusCode, body); failed != nil {
		if req.Method == http.MethodPost && (resp.StatusCode == http.StatusMethodNotAllowed || resp.StatusCode == http.StatusNotImplemented) {
			return resp, nil, failed
		}
		return nil, nil, failed
	}
	if unread != nil {
		return nil, nil, unread
	}
	if failed := check(body); failed != nil {
		return nil, nil, failed
	}
	return resp, body, nil
}

// failure maps an answer's status, with what Prometheus means by it.
func failure(code int, body []byte) *signals.Error {
	failed := httpx.StatusFailure(code)
	switch code {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		failed.Reason = signals.Parse
		failed.Detail += ": it cannot evaluate the query"
	case http.StatusNotFound:
		failed.Reason = signals.Unavailable
		failed.Detail += ": there is no Prometheus API at the provider's URL"
	case http.StatusServiceUnavailable:
		var answer struct{ ErrorType v1.ErrorType }
		if json.Unmarshal(body, &answer) == nil && answer.ErrorType == v1.ErrTimeout {
			failed.Reason = signals.Timeout
		}
	}
	return failed
}

// ask evaluates a query at an instant. Its error is a *signals.Error.
func ask(ctx context.Context, c api.Client, query string, at time.Time) (model.Value, error) {
	value, warnings, _, err := v1.NewAPI(c).Query(ctx, query, at, v1.WithTimeout(httpx.CallTimeout))
	if err != nil {
		return nil, failureOf(err)
	}
	for _, w := range warnings {
		if !strings.HasPrefix(w, "PromQL info:") { // before 3.0 infos came among the warnings
			return nil, &signals.Error{Reason: signals.Partial, Detail: "the server answered with a warning"}
		}
	}
	return value, nil
}

func failureOf(err error) *signals.Error {
	var refused *v1.Error
	if !errors.As(err, &refused) {
		return httpx.Failure(err)
	}
	if refused.Type == v1.ErrTimeout || refused.Type == v1.ErrCanceled {
		return &signals.Error{Reason: signals.Timeout, Detail: "the server did not evaluate the query in time"}
	}
	return notAnAnswer()
}

func notAnAnswer() *signals.Error {
	return &signals.Error{Reason: signals.Parse, Detail: "the answer is not a result of Prometheus' API"}
}
