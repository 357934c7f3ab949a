package mirror

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/runner"
)

const (
	// silence is how long a stream may say nothing. A leader ticks every second or so.
	silence = 15 * time.Second
	// maxLine bounds one line.
	maxLine = 512 << 20
)

// Errors of following.
var (
	// ErrNotLeading says that the replica that was asked does not lead the shard.
	ErrNotLeading = errors.New("the replica does not lead the shard")
	errTooLong    = errors.New("a line is too long")
	errOrder      = errors.New("lines come in an order that makes no sense")
)

// Follower follows the leader of one shard.
type Follower struct {
	Shard int
	Clock Clock
	// TLS verifies the leader's certificate and shows ours.
	TLS *tls.Config
	// Build makes of a leader's documents what its ticks are stepped through.
	Build func(Documents) (*runner.Pipeline, error)
	// Into is where the ticks go.
	Into *runner.Mirror
}

// Follow reads the stream of the leader at an address until it ends, ctx ends, or
// something goes wrong.
func (f *Follower) Follow(ctx context.Context, address string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	transport := &http.Transport{
		TLSClientConfig: f.TLS, DisableKeepAlives: true, ResponseHeaderTimeout: 5 * time.Second,
		DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext, TLSHandshakeTimeout: 3 * time.Second,
	}
	defer transport.CloseIdleConnections()
	target := url.URL{Scheme: "https", Host: address, Path: path + strconv.Itoa(f.Shard)}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return fmt.Errorf("follow %s: %w", address, err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("follow %s: %w", address, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusServiceUnavailable:
		return ErrNotLeading
	default:
		return fmt.Errorf("follow %s: status %d", address, resp.StatusCode)
	}
	body := &watched{r: resp.Body, seen: func() { quiet.Reset(silence) }}
	if err := f.read(ctx, body); !errors.Is(err, io.EOF) {
		return fmt.Errorf("follow %s: %w", address, err)
	}
	return nil
}

// read takes lines until there is none any more, which is io.EOF.
func (f *Follower) read(ctx context.Context, body *watched) error {
	dec := json.NewDecoder(body)
	s := session{Follower: f}
	for {
		var l line
		if err := dec.Decode(&l); err != nil {
			return err
		}
		body.line = 0
		if err := s.take(ctx, l); err != nil {
			return err
		}
	}
}

// session is what was read of a stream.
type session struct {
	*Follower

	greeted bool
	ahead   time.Duration // our monotonic clock before the leader's
	fresh   *runner.Pipeline
	started bool
}

func (s *session) take(ctx context.Context, l line) error {
	switch {
	case l.Hello != nil:
		s.greeted, s.ahead = true, s.Clock.Now().Mono-l.Hello.Now.Mono
	case l.Documents != nil:
		p, err := s.Build(*l.Documents)
		if err != nil {
			return fmt.Errorf("build the leader's policies: %w", err)
		}
		if s.fresh = p; s.started {
			s.Into.Install(p, nil)
		}
	case l.State != nil && s.greeted && s.fresh != nil:
		from := l.State.Moved(s.ahead)
		s.Into.Install(s.fresh, &from)
		s.started = true
	case l.Tick != nil && s.started:
		s.Into.Tick(ctx, s.local(*l.Tick))
	default:
		return errOrder
	}
	return nil
}

// local is a tick on our clock.
func (s *session) local(t engine.Tick) engine.Tick { return t.Moved(s.ahead) }

// watched tells when bytes come, and bounds a line.
type watched struct {
	r    io.Reader
	seen func()
	line int64
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.seen()
	}
	if w.line += int64(n); w.line > maxLine {
		return 0, errTooLong
	}
	return n, err
}
