package httpx

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// Settings are what one provider's client is made of.
type Settings struct {
	TLS     *v1alpha1.TLS
	Auth    *v1alpha1.Auth
	Headers map[string]v1alpha1.Secret
	// MaxBody is the largest answer in bytes, decompressed; DefaultMaxBody if 0.
	// Reading beyond it is a failure of reason parse.
	MaxBody int64
}

// DefaultMaxBody is the largest answer in bytes, where nothing else is said.
const DefaultMaxBody = 1 << 20

// Client calls one provider. It follows no redirect, so that a 3xx comes back as
// the answer that it is, and ends every call after CallTimeout if its context
// does not end it before. It is safe for concurrent use.
type Client struct {
	client http.Client
	meter  SkewMeter
}

// NewClient makes a client. Files that the settings name are read once, except
// for a token file, which is read at each request.
func NewClient(s Settings) (*Client, error) {
	headers, err := headersOf(s)
	if err != nil {
		return nil, err
	}
	base, err := NewTransport(s.TLS)
	if err != nil {
		return nil, err
	}
	transport, err := withAuth(base, s.Auth)
	if err != nil {
		return nil, err
	}
	if s.MaxBody <= 0 {
		s.MaxBody = DefaultMaxBody
	}
	c := &Client{}
	c.client = http.Client{
		Transport:     closer{LimitBodies(c.meter.Wrap(withHeaders(transport, headers)), s.MaxBody), base},
		Timeout:       CallTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Do sends a request. Its error is a *signals.Error, whose text repeats nothing
// of the request or the answer. The caller closes the answer's body.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, Failure(err)
	}
	return resp, nil
}

// Skew is the provider's clock minus ours, as the last answer told.
func (c *Client) Skew() time.Duration { return c.meter.Skew() }

// CloseIdleConnections closes the connections that no call uses.
func (c *Client) CloseIdleConnections() { c.client.CloseIdleConnections() }

// closer hands CloseIdleConnections through to the transport below the others.
type closer struct {
	http.RoundTripper

	base *http.Transport
}

func (c closer) CloseIdleConnections() { c.base.CloseIdleConnections() }

// ParseBase parses a provider's URL: http or https with a host and perhaps a
// path. Its errors do not repeat the URL, which may hold a password.
func ParseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, errors.New("url: must be http:// or https:// with a host")
	case u.User != nil:
		return nil, errors.New("url: must hold no user and password; put them in auth.basic")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("url: must have no query and no fragment")
	}
	return u, nil
}

// headersOf checks the headers that a user adds to every request.
func headersOf(s Settings) (http.Header, error) {
	headers := make(http.Header, len(s.Headers))
	for name, value := range s.Headers {
		if reservedHeader(name, s.Auth != nil) {
			return nil, fmt.Errorf("headers: %q cannot be set", name)
		}
		if strings.ContainsAny(value.Reveal(), "\r\n\x00") {
			return nil, fmt.Errorf("headers: the value of %q has a line break", name)
		}
		headers.Set(name, value.Reveal())
	}
	return headers, nil
}

// reservedHeader tells headers that are the transport's own, or auth's.
func reservedHeader(name string, auth bool) bool {
	switch canonical := textproto.CanonicalMIMEHeaderKey(name); canonical {
	case "Authorization":
		return auth
	case "Host", "Connection", "Content-Length", "Transfer-Encoding", "Te", "Trailer", "Upgrade",
		"Accept-Encoding", "Proxy-Authorization", "Proxy-Connection", "":
		return true
	default:
		return auth && strings.HasPrefix(canonical, "X-Amz-")
	}
}

func withHeaders(next http.RoundTripper, headers http.Header) http.RoundTripper {
	if len(headers) == 0 {
		return next
	}
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		maps.Copy(req.Header, headers)
		return next.RoundTrip(req)
	})
}
