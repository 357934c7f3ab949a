package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	askTimeout = 5 * time.Second
	maxAnswer  = 64 << 20 // bytes
	maxShown   = 500      // characters of somebody else's text
)

// daemonClient asks a daemon's ops server.
type daemonClient struct {
	base   string
	client *http.Client
}

// newDaemonClient takes a URL, or host:port.
func newDaemonClient(address string) (*daemonClient, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, usage(errors.New("--address is not the address of an ops server"), "write it as in --address http://127.0.0.1:8080")
	}
	return &daemonClient{
		base: u.Scheme + "://" + u.Host + strings.TrimRight(u.Path, "/"),
		client: &http.Client{
			Timeout:       askTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// get asks for a path and decodes the answer.
func (d *daemonClient) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", d.base, err)
	}
	res, err := d.client.Do(req)
	if err != nil {
		return unreachable(d.base, err)
	}
	defer d.client.CloseIdleConnections()
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", d.base, err)
	}
	if res.StatusCode != http.StatusOK {
		return d.refused(res.StatusCode, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return d.isAnother()
	}
	return nil
}

// unreachable says that nobody answers.
func unreachable(base string, err error) error {
	if whole, ok := errors.AsType[*url.Error](err); ok {
		err = whole.Err
	}
	return hinted(fmt.Errorf("ask %s: %w", base, err), "is 'scaler run' or 'scaler demo' running? --address says where its ops server is")
}

// isAnother says that who answers is no daemon of ours.
func (d *daemonClient) isAnother() error {
	return hinted(fmt.Errorf("%s does not answer as Scaler does", d.base), "--address says where its ops server is")
}

// refused tells what the daemon answered in place of a decision.
func (d *daemonClient) refused(status int, body []byte) error {
	var p struct{ Error, Hint string }
	if err := json.Unmarshal(body, &p); err != nil || p.Error == "" {
		p.Error = fmt.Sprintf("%s answered with status %d", d.base, status)
	}
	return hinted(errors.New(shown(p.Error)), shown(cmp.Or(p.Hint, "--address says where the ops server is")))
}

// shown is somebody else's text, fit for a terminal.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return s
}
