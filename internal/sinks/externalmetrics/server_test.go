package externalmetrics

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	restclient "k8s.io/client-go/rest"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func metricPath(namespace, metric string) string {
	return apiPath + "/namespaces/" + namespace + "/" + metric
}

func TestServedNumbers(t *testing.T) {
	s := serve(t)
	half := known(policy.ID{Namespace: "shop", Name: "half"}, 0, 0.25)
	large := known(policy.ID{Namespace: "shop", Name: "large"}, 2, 9.2e15)
	s.publish(t, known(orders, 4, 37), half, large)
	for _, c := range []struct {
		metric string
		text   string
		milli  int64
	}{
		{"orders-worker", "4", 4000},
		{"orders-worker.backlog", "37", 37_000},
		{"half", "0", 0},
		{"half.backlog", "250m", 250},
		{"large.backlog", "9200T", 9.2e18},
	} {
		for _, selector := range []labels.Selector{labels.Everything(), labels.SelectorFromSet(labels.Set{"any": "thing"})} {
			list, err := s.hpa.NamespacedMetrics("shop").List(c.metric, selector)
			require.NoError(t, err)
			require.Len(t, list.Items, 1)
			item := list.Items[0]
			require.Equal(t, c.metric, item.MetricName)
			require.Equal(t, c.text, item.Value.String())
			require.Equal(t, c.milli, item.Value.MilliValue())
			require.Equal(t, wall.Truncate(time.Second), item.Timestamp.UTC())
		}
	}
}

func TestAnswerAsSent(t *testing.T) {
	s := serve(t)
	s.publish(t, known(orders, 4, 37))
	resp, body := s.get(t, http.MethodGet, metricPath("shop", "orders-worker"), nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "HTTP/2.0", resp.Proto)
	require.JSONEq(t, `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[
		{"metricName":"orders-worker","metricLabels":{},"timestamp":"2026-03-01T12:00:00Z","value":"4"}]}`, body)
}

func TestExpiryAtServeTime(t *testing.T) {
	s := serve(t)
	d := known(orders, 4, 37)
	d.Signals[0].Served.Expires = 30 * time.Second
	s.publish(t, d)
	for _, c := range []struct {
		mono            time.Duration
		decision, value string
	}{
		{30*time.Second - 1, "4", "37"},
		{30 * time.Second, "4", "expired"},
		{time.Minute - 1, "4", "expired"},
		{time.Minute, "expired", "expired"},
		{time.Hour, "expired", "expired"},
	} {
		s.mono.Store(int64(c.mono))
		require.Equal(t, c.decision, s.answer(t, "shop", "orders-worker"), c.mono)
		require.Equal(t, c.value, s.answer(t, "shop", "orders-worker.backlog"), c.mono)
	}
}

func TestWhoStoodStillServesNoNumber(t *testing.T) {
	var asleep atomic.Bool
	s := serve(t, func(s *Settings) { s.Asleep = asleep.Load })
	s.publish(t, known(orders, 4, 37))
	for _, still := range []bool{false, true, false} {
		asleep.Store(still)
		for metric, number := range map[string]string{"orders-worker": "4", "orders-worker.backlog": "37"} {
			want := number
			if still {
				want = "stood_still"
			}
			require.Equal(t, want, s.answer(t, "shop", metric))
		}
		resp, _ := s.get(t, http.MethodGet, metricPath("shop", "nothing"), nil)
		require.Equal(t, http.StatusNotFound, resp.StatusCode)
	}
}

// answer is a metric's value, or the message of its 503.
func (s *served) answer(t *testing.T, namespace, metric string) string {
	t.Helper()
	list, err := s.hpa.NamespacedMetrics(namespace).List(metric, labels.Everything())
	if err == nil {
		return list.Items[0].Value.String()
	}
	require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
	return err.Error()
}

func TestErrors(t *testing.T) {
	s := serve(t)
	s.publish(t, policy.Decision{
		Policy:  orders,
		Desired: policy.Unknown("missing"),
		Signals: []policy.Reading{{Name: "backlog", State: signals.StateMissing, Reason: signals.Missing}},
	})
	for _, c := range []struct {
		path    string
		code    int
		message string
	}{
		{metricPath("shop", "orders-worker"), http.StatusServiceUnavailable, "missing"},
		{metricPath("shop", "orders-worker.backlog"), http.StatusServiceUnavailable, "missing"},
		{metricPath("shop", "nothing"), http.StatusNotFound, "the server could not find the metric nothing for nothing.external.metrics.k8s.io"},
		{metricPath("other", "orders-worker"), http.StatusNotFound, "the server could not find the metric orders-worker for orders-worker.external.metrics.k8s.io"},
	} {
		resp, body := s.get(t, http.MethodGet, c.path, nil)
		require.Equal(t, c.code, resp.StatusCode, c.path)
		var status metav1.Status
		require.NoError(t, json.Unmarshal([]byte(body), &status))
		require.Equal(t, c.message, status.Message)
		require.Nil(t, status.Details)
		require.LessOrEqual(t, len(body), maxErrorBody)
	}
	_, err := s.hpa.NamespacedMetrics("shop").List("nothing", labels.Everything())
	require.True(t, apierrors.IsNotFound(err))
}

func TestNamespacesNeverCross(t *testing.T) {
	s := serve(t)
	a, b := policy.ID{Namespace: "a", Name: "worker"}, policy.ID{Namespace: "b", Name: "worker"}
	only := policy.ID{Namespace: "b", Name: "only"}
	s.publish(t, known(a, 1, 11), known(b, 2, 22), known(only, 3, 33))
	require.Equal(t, "1", s.answer(t, "a", "worker"))
	require.Equal(t, "11", s.answer(t, "a", "worker.backlog"))
	require.Equal(t, "2", s.answer(t, "b", "worker"))
	require.Equal(t, "22", s.answer(t, "b", "worker.backlog"))
	for _, path := range []string{
		metricPath("a", "only"), metricPath("a", "b%2Fonly"), metricPath("a%2F..%2Fb", "only"), metricPath("a", "..%2Fb%2Fonly"),
		metricPath("", "only"), apiPath + "/only", metricPath("a", "only") + "?namespace=b", metricPath("a", "only") + "?labelSelector=namespace%3Db",
	} {
		resp, body := s.get(t, http.MethodGet, path, nil)
		require.GreaterOrEqual(t, resp.StatusCode, 400, path)
		require.NotContains(t, body, `"value"`, path)
	}
}

func TestDiscoveryNeverGrows(t *testing.T) {
	s := serve(t)
	list := func() []string {
		resp, body := s.get(t, http.MethodGet, apiPath, nil)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		var found metav1.APIResourceList
		require.NoError(t, json.Unmarshal([]byte(body), &found))
		require.Equal(t, "external.metrics.k8s.io/v1beta1", found.GroupVersion)
		var names []string
		for _, r := range found.APIResources {
			names = append(names, r.Name)
		}
		return names
	}
	require.Equal(t, []string{"externalmetrics"}, list())
	s.publish(t, known(orders, 4, 37))
	require.Equal(t, []string{"externalmetrics"}, list())
}

func TestNothingMoreIsServed(t *testing.T) {
	s := serve(t)
	s.publish(t, known(orders, 4, 37))
	for _, path := range []string{"/", "/nothing", "/debug/pprof/", "/debug/flags/v", "/apis/custom.metrics.k8s.io/v1beta1"} {
		resp, body := s.get(t, http.MethodGet, path, nil)
		require.Equal(t, http.StatusNotFound, resp.StatusCode, path)
		require.LessOrEqual(t, len(body), maxErrorBody)
	}
	s.answer(t, "shop", "orders-worker")
	resp, body := s.get(t, http.MethodGet, "/metrics", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, body, "metrics_apiserver_metric_freshness_seconds_count")
}

func TestBeforeAnythingIsPublished(t *testing.T) {
	s := serve(t)
	require.Equal(t, "starting", s.answer(t, "shop", "orders-worker"))
}

// Before Run and after it no connection reaches the handler: requests that slip in
// just then are handed to it directly. What comes in as the server stops is still
// answered.
func TestAnswersAtStartAndShutdown(t *testing.T) {
	b := NewBoard(at(0))
	require.NoError(t, NewSink(b, map[policy.ID]string{orders: "w"}).Publish(t.Context(), []policy.Decision{known(orders, 4, 37)}))
	s := newServer(t, b)
	ask := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		s.generic.Handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		return rec
	}
	paths := map[string]int{metricPath("shop", "w"): 200, metricPath("shop", "other"): 404, apiPath: 200, "/not/installed": 404}

	for path := range paths {
		require.Empty(t, ask(path).Header().Values("Retry-After"), path)
	}

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	require.Eventually(t, func() bool { return ask("/readyz").Code == http.StatusOK }, 10*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	for path, want := range paths {
		rec := ask(path)
		require.Equal(t, want, rec.Code, path)
		require.Empty(t, rec.Header().Values("Retry-After"), path)
	}
	require.Equal(t, http.StatusInternalServerError, ask("/readyz").Code)
	require.ErrorIs(t, s.Ready(), errNotRunning)
}

func TestRunEndsWithAHungRequest(t *testing.T) {
	s := &served{}
	blocked, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.board = NewBoard(func() time.Duration {
		once.Do(func() { close(blocked) })
		<-release
		return 0
	})
	s.server = newServer(t, s.board)
	s.publish(t, known(orders, 4, 37))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx) }()
	asked := make(chan *http.Response, 1)
	go func() {
		rec := httptest.NewRecorder()
		s.server.generic.Handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, metricPath("shop", "orders-worker"), http.NoBody))
		asked <- rec.Result()
	}()
	<-blocked
	begin := time.Now()
	cancel()
	require.NoError(t, <-ended)
	require.Less(t, time.Since(begin), shutdownTimeout+2*time.Second)
	late := <-asked
	require.Equal(t, http.StatusGatewayTimeout, late.StatusCode)
	require.Empty(t, late.Header.Values("Retry-After"))
	close(release)
}

func TestOverloadIsShed(t *testing.T) {
	s := serve(t)
	s.publish(t, known(orders, 4, 37))
	f := s.server.generic.Handler.FullHandlerChain.(*filter)
	f.inFlight.Add(f.limit) // as if that many were being worked on
	require.Equal(t, "overloaded", s.answer(t, "shop", "orders-worker"))
	resp, _ := s.get(t, http.MethodGet, metricPath("shop", "orders-worker"), nil)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	f.inFlight.Add(-f.limit)
	require.Equal(t, "4", s.answer(t, "shop", "orders-worker"))
}

func TestPublishWhileServing(t *testing.T) {
	s := serve(t)
	sink := NewSink(s.board, map[policy.ID]string{orders: "w"})
	require.NoError(t, sink.Publish(t.Context(), []policy.Decision{known(orders, 0, 0)}))
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for n := int32(1); ; n++ {
			select {
			case <-done:
				return
			default:
			}
			if err := sink.Publish(t.Context(), []policy.Decision{known(orders, n%1000, float64(n%1000))}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 50 {
		list, err := s.hpa.NamespacedMetrics("shop").List("w", labels.Everything())
		require.NoError(t, err)
		require.Len(t, list.Items, 1)
	}
	close(done)
	wg.Wait()
}

func TestNewServerRefusesOtherAddresses(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0"} {
		t.Run(address, func(t *testing.T) {
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
			require.NoError(t, err)
			defer l.Close()
			_, err = NewServer(Settings{Listener: l}, NewBoard(at(0)))
			require.EqualError(t, err, fmt.Sprintf("serve external metrics on %s: authentication None is allowed on a loopback address only", l.Addr()))
		})
	}
	t.Run("unix", func(t *testing.T) {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", t.TempDir()+"/s")
		require.NoError(t, err)
		defer l.Close()
		_, err = NewServer(Settings{Listener: l}, NewBoard(at(0)))
		require.ErrorContains(t, err, "loopback address only")
	})
}

func TestNewServerRefusesToGuess(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, err = NewServer(Settings{Listener: l, Access: &Access{Cluster: &restclient.Config{}}}, NewBoard(at(0)))
	require.EqualError(t, err, fmt.Sprintf("serve external metrics on %s: where clients authenticate, a certificate is needed", l.Addr()))
}
