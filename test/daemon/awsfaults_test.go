package daemon_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// wrong is a way to AWS on which something can be wrong.
type wrong struct {
	URL string

	answer atomic.Pointer[http.HandlerFunc] // of the operation's calls
	ahead  atomic.Int64                     // of AWS's clock, in nanoseconds
}

// interpose makes a way whose calls of one operation can be answered otherwise.
func interpose(t *testing.T, to, operation string) *wrong {
	t.Helper()
	u, err := url.Parse(to)
	require.NoError(t, err)
	w := &wrong{}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("Date", w.date())
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		asked := strings.Contains(r.Header.Get("X-Amz-Target")+" "+string(body), operation)
		switch answer := w.answer.Load(); {
		case w.refuses(r): // as AWS does, by its own clock
			rw.Header().Set("Date", w.date())
			testaws.Fault(rw, http.StatusForbidden, "InvalidSignatureException")
		case answer != nil && asked:
			(*answer)(rw, r)
		default:
			proxy.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(server.Close)
	w.URL = server.URL
	return w
}

func (w *wrong) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *wrong) date() string { return w.now().UTC().Format(http.TimeFormat) }

func (w *wrong) refuses(r *http.Request) bool {
	signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	return err == nil && w.now().Sub(signed).Abs() > 5*time.Minute
}

func (w *wrong) use(h http.HandlerFunc) { w.answer.Store(&h) }

func (w *wrong) putRight() {
	w.answer.Store(nil)
	w.ahead.Store(0)
}

// neverBelow holds what is published to a number or nothing, over a span, until
// /health says what is to be said.
func (d *daemon) neverBelow(replicas int, span time.Duration, says ...string) {
	d.t.Helper()
	began := time.Now()
	require.Eventually(d.t, func() bool {
		if a := d.metric("shop", "orders-worker"); a.code == http.StatusOK {
			require.GreaterOrEqual(d.t, a.replicas(), replicas, "nothing is scaled in")
		}
		_, health := d.get("/health")
		for _, text := range says {
			if !strings.Contains(health, text) {
				return false
			}
		}
		return time.Since(began) >= span
	}, patience, 200*time.Millisecond, "/health says %q", says)
	_, health := d.get("/health")
	require.NotContains(d.t, health, "123456789012", "no account")
	require.Contains(d.t, health, `"status": "degraded"`)
}

const fast = "interval: 1s, freshFor: 3s, holdFor: 5m"

// TestAServiceThatIsNotThere: it goes while the queue is emptied.
func TestAServiceThatIsNotThere(t *testing.T) {
	t.Parallel()
	m := service(t, false)
	queue(t, m, "orders", 37)
	via := interpose(t, m.URL, "DescribeServices")
	doc := strings.Replace(ordersDocument(via.URL, m.URL, fast, scaleInAtOnce), "  replicas:",
		"  workload: {ecs: {provider: aws, cluster: prod, service: orders}}\n  replicas:", 1)
	d := start(t, doc)
	d.becomes("orders-worker", "4")

	via.use(asJSON(`{"services": [], "failures": [{"arn": "arn:aws:ecs:us-east-1:123456789012:service/prod/orders", "reason": "MISSING"}]}`))
	d.neverBelow(4, 0, "missing")
	purge(t, m)
	d.neverBelow(4, 6*time.Second, "missing")
	via.putRight()
	d.becomes("orders-worker", "1")
}

// TestARoleThatCannotBeAssumed from the start on, and then can.
func TestARoleThatCannotBeAssumed(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t)
	queue(t, m, "orders", 37)
	via := interpose(t, m.URL, "AssumeRole")
	via.use(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>arn:aws:iam::123456789012:role/scaler</Message></Error></ErrorResponse>`)
	})
	doc := strings.Replace(ordersDocument(via.URL, m.URL, fast, scaleInAtOnce), "{aws: {region",
		"{aws: {roleARN: 'arn:aws:iam::123456789012:role/scaler', externalID: EXTERNALID, region", 1)
	d := start(t, doc)
	d.fails("orders-worker", "auth")
	d.neverBelow(4, 3*time.Second, "the role cannot be assumed", `"reason": "auth"`)
	via.putRight()
	d.becomes("orders-worker", "4")
}

// TestAClockTenMinutesOff: AWS refuses what is signed by ours.
func TestAClockTenMinutesOff(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := testaws.StartOwn(t)
			queue(t, m, "orders", 37)
			via := interpose(t, m.URL, "nothing")
			d := start(t, ordersDocument(via.URL, m.URL, fast, scaleInAtOnce))
			d.becomes("orders-worker", "4")

			via.ahead.Store(int64(ahead))
			d.neverBelow(4, 5*time.Second, "its clock is")
			via.putRight()
			purge(t, m)
			d.becomes("orders-worker", "1")
		})
	}
}

func purge(t *testing.T, m *testaws.Moto) {
	t.Helper()
	m.CLI(t, "sqs", "purge-queue", "--queue-url", m.URL+"/123456789012/orders")
}
