package mirror

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/net/netutil"

	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	// path is followed by the number of the shard.
	path = "/v1/mirror/"
	// lineTimeout bounds the writing of one line: a state may be large.
	lineTimeout = 30 * time.Second
	// streamFor is how long a stream lasts at most, give or take a fifth. The next one
	// sets the two clocks in relation anew, so that their drift does not add up.
	streamFor = 30 * time.Minute
	// maxStreams bounds the streams at once: those of all shards to all replicas.
	maxStreams = 1024
)

// Clock reads the present instant.
type Clock interface{ Now() signals.Instant }

// Server streams the hubs, one a shard, to replicas that show a certificate.
type Server struct {
	Hubs  []*Hub
	Clock Clock
	// TLS must verify the client's certificate.
	TLS *tls.Config
	Log *slog.Logger
}

// Serve serves until ctx ends. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path+"{shard}", s.stream)
	streams, cancel := context.WithCancel(context.WithoutCancel(ctx))
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10,
		ErrorLog:    slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return streams },
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(tls.NewListener(netutil.LimitListener(l, maxStreams), s.TLS)) }()
	var err error
	select {
	case err = <-ended:
		cancel()
	case <-ctx.Done():
		cancel()
		stop, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer done()
		if srv.Shutdown(stop) != nil {
			_ = srv.Close()
		}
		err = <-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve mirrors on %s: %w", l.Addr(), err)
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		http.Error(w, "a certificate is required", http.StatusForbidden)
		return
	}
	i, err := strconv.Atoi(r.PathValue("shard"))
	if err != nil || i < 0 || i >= len(s.Hubs) {
		http.Error(w, "there is no such shard", http.StatusNotFound)
		return
	}
	f, err := s.Hubs[i].join()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer s.Hubs[i].leave(f)
	w.Header().Set("Content-Type", "application/jsonl")
	ctx, cancel := context.WithTimeout(r.Context(), streamFor*4/5+rand.N(streamFor*2/5)) //nolint:gosec // spreads load, guards nothing
	defer cancel()
	if err := s.write(ctx, w, f); err != nil {
		s.Log.DebugContext(ctx, "a mirror's stream broke", "error", err)
	}
}

func (s *Server) write(ctx context.Context, w http.ResponseWriter, f *follower) error {
	if err := send(w, line{Hello: &hello{s.Clock.Now()}}); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case l, open := <-f.lines:
			if !open {
				return nil
			}
			if err := send(w, l); err != nil {
				return err
			}
		}
	}
}

func send(w http.ResponseWriter, l line) error {
	raw, err := l.encode()
	if err != nil {
		return fmt.Errorf("write a line: %w", err)
	}
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Now().Add(lineTimeout)); err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return c.Flush()
}
