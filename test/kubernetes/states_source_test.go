//go:build e2e

package kubernetes_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// source is what signals are read from: paths of JSON on one host, all with the same
// number. It can fail in many ways.
type source struct {
	addr   string
	server *http.Server
	served chan struct{}
	calls  atomic.Int64
	length atomic.Int64
	answer atomic.Pointer[answer]
}

// answer is what the n-th call gets instead of a number.
type answer func(w http.ResponseWriter, r *http.Request, n int64)

func newSource(t *testing.T, length int64) *source {
	t.Helper()
	s := &source{addr: "127.0.0.1:0"}
	s.length.Store(length)
	s.start(t)
	t.Cleanup(s.stop)
	return s
}

// start listens, where it did before.
func (s *source) start(t *testing.T) {
	t.Helper()
	var listener net.Listener
	require.Eventually(t, func() (ok bool) {
		var err error
		listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", s.addr)
		return err == nil
	}, 10*time.Second, 50*time.Millisecond, "the source's port is free again")
	s.addr, s.served = listener.Addr().String(), make(chan struct{})
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func(server *http.Server, served chan struct{}) {
		defer close(served)
		_ = server.Serve(listener)
	}(s.server, s.served)
}

// stop refuses connections, and breaks those that are there.
func (s *source) stop() {
	_ = s.server.Close()
	<-s.served
}

// ServeHTTP gives the number, or what the fault gives.
func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.calls.Add(1)
	if a := s.answer.Load(); a != nil {
		(*a)(w, r, n)
		return
	}
	says("application/json", fmt.Sprintf(`{"length": %d}`, s.length.Load()))(w, r, n)
}

// says gives each call the next of these bodies.
func says(contentType string, bodies ...string) answer {
	return func(w http.ResponseWriter, _ *http.Request, n int64) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, bodies[n%int64(len(bodies))])
	}
}

// hangs until the client gives up.
func hangs(_ http.ResponseWriter, r *http.Request, _ int64) { <-r.Context().Done() }

const page = `<!doctype html><html><body><h1>Sign in</h1><p>4</p></body></html>`

// garbage is a page, a page that says it is JSON, half an answer, and nothing.
func garbage(w http.ResponseWriter, r *http.Request, n int64) {
	switch n % 4 {
	case 0:
		says("text/html", page)(w, r, n)
	case 1:
		says("application/json", page)(w, r, n)
	case 2:
		says("application/json", `{"length": 4`)(w, r, n)
	default:
		says("application/json", "")(w, r, n)
	}
}
