package testaws

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// Server is a small server of any AWS protocol that counts its calls.
type Server struct {
	URL string

	mu    sync.Mutex
	calls map[string]int // guarded by mu
}

// Serve starts a server and ends it with the test.
func Serve(t testing.TB, handler http.HandlerFunc) *Server {
	t.Helper()
	Env(t)
	s := &Server{calls: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // a server notices that its client left once it has read all
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.calls[Operation(r)]++
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.URL = server.URL
	return s
}

// Operation is the operation that a request asks for, as in GetQueueUrl.
func Operation(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, name, _ := strings.Cut(target, ".")
		return name
	}
	return path.Base(r.URL.Path)
}

// Calls is how often an operation was asked for.
func (s *Server) Calls(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[operation]
}

// Total is how many calls came.
func (s *Server) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, calls := range s.calls {
		n += calls
	}
	return n
}

// Provider is what a document says of the server.
func (s *Server) Provider(protocol v1alpha1.AWSProtocol) v1alpha1.AWSProvider {
	return v1alpha1.AWSProvider{Region: Region, EndpointURL: s.URL, Protocol: protocol}
}

// Fault writes a service's error as JSON protocols have it.
func Fault(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"__type":"com.amazonaws#%s","message":"account 123456789012 at https://queue.example/secret"}`, code)
}
