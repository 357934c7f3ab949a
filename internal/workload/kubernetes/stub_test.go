package kubernetes

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// server is an API server that has one Deployment, and faults.
type server struct {
	mu       sync.Mutex
	replicas int32
	fault    func(w http.ResponseWriter, r *http.Request) bool // nil: none; it tells whether it has answered
}

func (s *server) set(replicas int32, fault func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replicas, s.fault = replicas, fault
}

func (s *server) now() (int32, func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replicas, s.fault
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	replicas, fault := s.now()
	if fault != nil && fault(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Query().Get("watch") == "" {
		list := appsv1.DeploymentList{
			TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "DeploymentList"},
			ListMeta: metav1.ListMeta{ResourceVersion: "7"}, Items: []appsv1.Deployment{orders(replicas, replicas)},
		}
		_ = json.NewEncoder(w).Encode(list)
		return
	}
	seconds, _ := strconv.Atoi(r.URL.Query().Get("timeoutSeconds"))
	// What a watch begins with is what it has missed.
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "MODIFIED", "object": orders(replicas, replicas)})
	_ = http.NewResponseController(w).Flush()
	select {
	case <-r.Context().Done():
	case <-time.After(time.Duration(seconds) * time.Second): // a real server's time
	}
}

func status(code int, reason metav1.StatusReason) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(metav1.Status{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
			Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: "secret-of-the-server",
		})
		return true
	}
}

func hang(_ http.ResponseWriter, r *http.Request) bool {
	<-r.Context().Done()
	return true
}

func garbage(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"kind":"DeploymentList","apiVersion":"apps/v1","items":[{"spec":{"replicas":"many"}}]}`))
	return true
}

// gone refuses the watch, and the list that goes on from an old version.
func gone(w http.ResponseWriter, r *http.Request) bool {
	if v := r.URL.Query().Get("resourceVersion"); v != "" && v != "0" {
		return status(http.StatusGone, metav1.StatusReasonExpired)(w, r)
	}
	return false
}

func quick() pace {
	return pace{stream: time.Second, grace: 200 * time.Millisecond, silence: 1500 * time.Millisecond, retry: 10 * time.Millisecond}
}

func watchOf(t *testing.T, address string) workload.Source {
	t.Helper()
	client, err := kubernetes.NewForConfig(&rest.Config{Host: address, QPS: -1})
	require.NoError(t, err)
	w := newWatch(client, slog.New(slog.DiscardHandler), quick())
	var group sync.WaitGroup
	group.Go(func() { w.Run(t.Context()) })
	t.Cleanup(func() {
		group.Wait()
		client.AppsV1().RESTClient().(*rest.RESTClient).Client.CloseIdleConnections()
	})
	return w.Source([]Workload{deployment("orders")})
}

// TestFaults: each fault shows with its reason, no number comes of it, and what was
// changed meanwhile is known once it is over.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request) bool
		want  signals.Reason
	}{
		"an expired token": {status(http.StatusUnauthorized, metav1.StatusReasonUnauthorized), signals.Auth},
		"not allowed":      {status(http.StatusForbidden, metav1.StatusReasonForbidden), signals.Auth},
		"overloaded":       {status(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests), signals.Throttled},
		"broken":           {status(http.StatusInternalServerError, metav1.StatusReasonInternalError), signals.Unavailable},
		"not served":       {status(http.StatusNotFound, metav1.StatusReasonNotFound), signals.Unavailable},
		"hangs":            {hang, signals.Timeout},
		"garbage":          {garbage, signals.Parse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &server{replicas: 3}
			http := httptest.NewServer(api)
			t.Cleanup(http.Close)
			s := watchOf(t, http.URL)
			eventually(t, s, known(3, 3))
			api.set(5, tt.fault)
			require.Eventually(t, func() bool {
				o := look1(t, s)
				if o.Err == nil {
					require.Equal(t, known(3, 3), o)
					return false
				}
				require.Zero(t, o.Ordered+o.Ready)
				require.NotContains(t, o.Err.Detail, "secret")
				return o.Err.Reason == tt.want
			}, 20*time.Second, 10*time.Millisecond)
			api.set(5, nil)
			eventually(t, s, known(5, 5))
		})
	}
}

// TestGone: a list that has to begin anew is no fault.
func TestGone(t *testing.T) {
	api := &server{replicas: 3}
	http := httptest.NewServer(api)
	t.Cleanup(http.Close)
	s := watchOf(t, http.URL)
	eventually(t, s, known(3, 3))
	api.set(5, gone)
	require.Eventually(t, func() bool {
		o := look1(t, s)
		require.Nil(t, o.Err)
		return o.Ordered == 5
	}, 20*time.Second, 5*time.Millisecond)
}

// TestRestart: while the API server is away its workloads are not known.
func TestRestart(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	serve := func(l net.Listener, replicas int32) *httptest.Server {
		s := httptest.NewUnstartedServer(&server{replicas: replicas})
		s.Listener.Close()
		s.Listener = l
		s.Start()
		return s
	}
	old := serve(listener, 3)
	s := watchOf(t, "http://"+address)
	eventually(t, s, known(3, 3))
	old.CloseClientConnections()
	old.Close()
	require.Eventually(t, func() bool {
		o := look1(t, s)
		return o.Err != nil && o.Err.Reason == signals.Unavailable
	}, 20*time.Second, 10*time.Millisecond)
	listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(serve(listener, 7).Close)
	eventually(t, s, known(7, 7))
}

func eventually(t *testing.T, s workload.Source, want workload.Observation) {
	t.Helper()
	require.Eventually(t, func() bool {
		o := look1(t, s)
		return o.Err == nil && o == want
	}, 20*time.Second, 10*time.Millisecond)
}
