package forward

import (
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
)

const (
	deadline      = 2 * time.Second
	maxInFlight   = 64
	maxMetricBody = 1 << 20
	maxListBody   = 4 << 20
	maxDrained    = 4 << 10 // of a body that nobody reads, so that its connection is kept

	// userAgent marks what is forwarded already, so that a Scaler that is its own
	// adapter does not ask itself.
	userAgent = "scaler-forward"
)

// adapter calls the other adapter. It sends Scaler's own token and nothing of any
// client, follows no redirect and keeps no text of the answer's but its body.
type adapter struct {
	transport *http.Transport
	host      string
	token     func() (string, error)
}

func newAdapter(s *Settings) (*adapter, error) {
	t, err := httpx.NewTransport(&v1alpha1.TLS{CA: string(s.CABundle), ServerName: s.host()})
	if err != nil {
		return nil, err
	}
	t.TLSClientConfig.InsecureSkipVerify = s.InsecureSkipTLSVerify
	t.TLSHandshakeTimeout = deadline
	if s.Dial != nil {
		t.DialContext = s.Dial
	}
	// A call that times out takes its connection with it, where one of HTTP/2 would
	// stay, dead, for all that follow.
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.DisableCompression = true
	t.MaxConnsPerHost = 2 * maxInFlight // those in use, and those still being given up
	return &adapter{
		transport: t,
		host:      net.JoinHostPort(s.host(), strconv.Itoa(int(s.Port))),
		token:     s.Token,
	}, nil
}

// metric reads a metric as the adapter tells it.
func (a *adapter) metric(ctx context.Context, t target) ([]byte, result) {
	body, res := a.get(ctx, t.path(), t.query(), maxMetricBody)
	if res == resultOK && !validMetric(body) {
		res = resultInvalid
	}
	if res != resultOK {
		return nil, res
	}
	return body, resultOK
}

// get reads a JSON body of at most limit bytes, within the deadline.
func (a *adapter) get(parent context.Context, path, query string, limit int64) ([]byte, result) {
	ctx, cancel := context.WithTimeout(parent, deadline)
	defer cancel()
	req, res := a.request(ctx, path, query)
	if res != resultOK {
		return nil, res
	}
	body, res, err := a.do(req, limit)
	switch {
	case err == nil:
		return body, res
	case parent.Err() != nil:
		return nil, resultCanceled
	default:
		return nil, ofFailure(err)
	}
}

func (a *adapter) request(ctx context.Context, path, query string) (*http.Request, result) {
	token, err := a.token()
	token = strings.TrimSpace(token)
	if err != nil || token == "" || strings.ContainsFunc(token, unicode.IsControl) {
		return nil, resultNoToken
	}
	u := url.URL{Scheme: "https", Host: a.host, Path: path, RawQuery: query}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, resultInvalid
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("User-Agent", userAgent)
	return req, resultOK
}

// do gives an error if there was no whole answer in time.
func (a *adapter) do(req *http.Request, limit int64) ([]byte, result, error) {
	resp, err := a.transport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, res, err := read(resp, limit)
	// A connection that is given up may still bring an answer, or the end of one: the
	// other side's to its end.
	if late := req.Context().Err(); late != nil {
		return nil, "", late
	}
	return body, res, err
}

func read(resp *http.Response, limit int64) ([]byte, result, error) {
	if res := ofStatus(resp.StatusCode); res != resultOK {
		if resp.StatusCode >= http.StatusOK { // what follows an upgrade ends with no deadline
			_, _ = io.CopyN(io.Discard, resp.Body, maxDrained)
		}
		return nil, res, nil
	}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, resultInvalid, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, "", err
	}
	if int64(len(body)) > limit {
		return nil, resultTooLarge, nil
	}
	return body, resultOK, nil
}

func (a *adapter) close() { a.transport.CloseIdleConnections() }
