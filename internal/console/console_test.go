package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

// host is a process that never ticks unless told.
type host struct {
	status *runner.Status
	mono   time.Duration
	ready  error
	lifted []string
	log    bytes.Buffer
	// follows says that another process decides.
	follows bool
}

func (h *host) handler() http.Handler {
	return New(Settings{
		Status: func() *runner.Status { return h.status },
		Lift: func(p string) bool {
			if !h.follows {
				h.lifted = append(h.lifted, p)
			}
			return !h.follows
		},
		Follows: func() bool { return h.follows },
		Mono:    func() time.Duration { return h.mono },
		Ready:   func() error { return h.ready },
		Log:     slog.New(slog.NewTextHandler(&h.log, nil)),
	})
}

var wall = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(mono time.Duration) signals.Instant {
	return signals.Instant{Wall: wall.Add(mono - time.Hour), Mono: mono}
}

// good is a healthy status, at an hour of the monotonic clock.
func good() *runner.Status {
	value, now := 37.0, at(time.Hour)
	d := policy.Decision{
		Policy: policy.ID{Namespace: "shop", Name: "orders-worker"}, At: now, Desired: policy.Replicas(4), Previous: new(int32(9)),
		Workload: policy.Workload{State: policy.WorkloadNone},
		Signals: []policy.Reading{{
			Name: "backlog", Provider: "aws", State: signals.StateFresh, Value: &value, MayLower: true,
			Age: 8 * time.Second, At: wall.Add(-8 * time.Second), Expires: now.Mono + time.Minute,
		}},
		Proposals: []policy.Proposal{{Demand: "drain", State: policy.Proposed, Replicas: 4, MayLower: true, Signal: "backlog", Value: 37, Divisor: 10}},
		Trail:     []policy.Step{{Stage: policy.StageCombine, Reason: policy.ReasonLargest, Before: 9, After: 4, Subject: "drain"}},
		DataAt:    wall.Add(-8 * time.Second), Expires: now.Mono + time.Minute,
	}
	return &runner.Status{
		Now: now, Ticks: 3600, Interval: time.Second, AllPolled: true,
		Decisions: []policy.Decision{d},
		Subjects:  []engine.SubjectStatus{{Subject: signals.Subject{Provider: "aws", Query: "sqs:orders"}, Polled: true}},
		Guards:    []engine.Guard{{Provider: "aws"}},
		Providers: []runner.ProviderStatus{{Provider: "aws", Fetches: 240, Failures: 1, LastAt: at(time.Hour - 3*time.Second)}},
		Uses: map[signals.Subject][]runner.Use{
			{Provider: "aws", Query: "sqs:orders"}: {{Policy: d.Policy, Signal: "backlog"}},
		},
		Sinks:  []runner.SinkStatus{{Sink: "externalMetrics", Published: 3600, LastAt: now}},
		Config: runner.ConfigStatus{Hash: "abc123", LoadedAt: at(0)},
	}
}

// bad is a status with something of everything wrong.
func bad() *runner.Status {
	s := good()
	d := s.Decisions[0]
	d.Policy.Name, d.Desired, d.DataAt = "late", policy.Unknown("missing"), d.At.Wall
	d.Signals = []policy.Reading{{Name: "backlog", Provider: "aws", State: signals.StateMissing, Reason: signals.Missing}}
	d.Proposals = []policy.Proposal{{Demand: "drain", State: policy.Doubtful, Reason: "missing", Signal: "backlog"}}
	s.Decisions = append(s.Decisions, d)
	s.Subjects = append(s.Subjects, engine.SubjectStatus{
		Subject: signals.Subject{Provider: "aws", Query: "sqs:late"}, Polled: true,
		Last: &signals.Error{Reason: signals.Missing, Detail: "the queue does not exist"}, Skew: -45 * time.Second,
	}, engine.SubjectStatus{Subject: signals.Subject{Provider: "aws", Query: "sqs:new"}})
	s.Uses[signals.Subject{Provider: "aws", Query: "sqs:late"}] = []runner.Use{{Policy: d.Policy, Signal: "backlog"}}
	s.Guards = []engine.Guard{{Provider: "aws", Tripped: true, Since: time.Hour - time.Minute, Victims: 5, Bad: 4}}
	s.Providers[0].Last = &signals.Error{Reason: signals.Timeout, Detail: "no answer within 5s"}
	s.Providers = append(s.Providers, runner.ProviderStatus{Provider: "prom"})
	s.Sinks = append(s.Sinks, runner.SinkStatus{Sink: "cloudWatch", Failures: 2, LastAt: at(time.Hour - 30*time.Second), Last: "throttled"})
	s.Config.LastFailed, s.Config.FailedAt, s.Config.Failure = true, at(time.Hour-10*time.Second), "scaler.yaml:3:1: spec: is required"
	return s
}

// deployments is a status with one of a quarter of an hour, which is no problem, and
// longer ones, of which the first alone keeps replicas from being removed.
func deployments() *runner.Status {
	s := good()
	for name, lasted := range map[string]time.Duration{"growing": time.Hour, "paused": 15*time.Minute + time.Second, "rolling": 15 * time.Minute} {
		d := s.Decisions[0]
		d.Policy.Name = name
		d.Workload = policy.Workload{State: policy.WorkloadKnown, Ordered: 9, Ready: 9, Deploying: true, DeployingFor: lasted}
		if name != "growing" {
			d.Trail = append(slices.Clip(d.Trail), policy.Step{Stage: policy.StageLimit, Reason: policy.ReasonDeployment, Before: 4, After: 9, Bound: 9})
		}
		s.Decisions = append(s.Decisions, d)
	}
	slices.SortFunc(s.Decisions, func(a, b policy.Decision) int { return strings.Compare(a.Policy.Name, b.Policy.Name) })
	return s
}

func get(t *testing.T, h http.Handler, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestGolden(t *testing.T) {
	healthy := &host{status: good(), mono: time.Hour + 500*time.Millisecond}
	ill := &host{status: bad(), mono: time.Hour + 500*time.Millisecond, ready: errors.New("not serving yet")}
	deploying := &host{status: deployments(), mono: time.Hour + 500*time.Millisecond}
	starting := &host{ready: errors.New("not serving yet")}
	for _, c := range []struct {
		file, target string
		host         *host
		status       int
	}{
		{"index.json", "/", healthy, 200},
		{"nothing.json", "/nothing", healthy, 404},
		{"livez.txt", "/livez", healthy, 200},
		{"livez_starting.txt", "/livez", starting, 200},
		{"livez_verbose.txt", "/livez?verbose", healthy, 200},
		{"readyz.txt", "/readyz", healthy, 200},
		{"readyz_verbose.txt", "/readyz?verbose", healthy, 200},
		{"readyz_not.txt", "/readyz", ill, 503},
		{"readyz_starting.txt", "/readyz?verbose", starting, 503},
		{"health.json", "/health?strict", healthy, 200},
		{"health_bad.json", "/health", ill, 200},
		{"health_bad.json", "/health?strict", ill, 503},
		{"health_deploying.json", "/health", deploying, 200},
		{"health_starting.json", "/health", starting, 200},
		{"decisions.json", "/api/v1/decisions", healthy, 200},
		{"decisions_namespace.json", "/api/v1/decisions?namespace=other", healthy, 200},
		{"decisions_starting.json", "/api/v1/decisions", starting, 503},
		{"decision.json", "/api/v1/decisions/shop/orders-worker", healthy, 200},
		{"decision_missing.json", "/api/v1/decisions/shop/nope", healthy, 404},
		{"decision_elsewhere.json", "/api/v1/decisions/other/nope", healthy, 404},
	} {
		t.Run(c.file, func(t *testing.T) {
			w := get(t, c.host.handler(), http.MethodGet, c.target)
			require.Equal(t, c.status, w.Code)
			if strings.HasSuffix(c.file, ".json") {
				require.True(t, json.Valid(w.Body.Bytes()))
				require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
			}
			testgolden.Equal(t, "testdata/"+c.file, w.Body.String())
		})
	}
}

func TestDecisionRoundTrips(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	w := get(t, h.handler(), http.MethodGet, "/api/v1/decisions/shop/orders-worker")
	var d policy.Decision
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &d))
	require.Equal(t, h.status.Decisions[0], d)
}

func TestMethods(t *testing.T) {
	h := (&host{status: good(), mono: time.Hour}).handler()
	reads := []string{"/", "/livez", "/readyz", "/health", "/metrics", "/api/v1/decisions", "/api/v1/decisions/shop/orders-worker"}
	for _, target := range reads {
		require.Equal(t, http.StatusOK, get(t, h, http.MethodHead, target).Code, target)
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "FOO"} {
			w := get(t, h, method, target)
			require.Equal(t, http.StatusMethodNotAllowed, w.Code, "%s %s", method, target)
			require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
			require.JSONEq(t, `{"error": "this method is not allowed here", "hint": "use GET or HEAD"}`, w.Body.String())
		}
	}
	w := get(t, h, http.MethodGet, "/api/v1/guards/aws/lift")
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "POST", w.Header().Get("Allow"))
}

func TestDecisionsAreBounded(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	d := h.status.Decisions[0]
	for i := range maxListed + 5 {
		d.Policy.Name = fmt.Sprintf("p%d", i)
		h.status.Decisions = append(h.status.Decisions, d)
	}
	var l list
	require.NoError(t, json.Unmarshal(get(t, h.handler(), http.MethodGet, "/api/v1/decisions").Body.Bytes(), &l))
	require.Len(t, l.Decisions, maxListed)
	require.Equal(t, maxListed+6, l.Total)
	require.Equal(t, 6, l.Omitted)

	w := get(t, h.handler(), http.MethodGet, "/api/v1/decisions/shop/nope")
	require.Less(t, w.Body.Len(), 500, "the hint names a few policies only")
	require.Contains(t, w.Body.String(), "and 996 more")
}

// TestARelayIsNoTrouble: it is not there to decide.
func TestARelayIsNoTrouble(t *testing.T) {
	h := &host{status: good(), mono: time.Hour + 500*time.Millisecond}
	h.status.Decisions[0].Desired = policy.Unknown(policy.ReasonRelay)
	w := get(t, h.handler(), http.MethodGet, "/health?strict")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.Contains(t, w.Body.String(), `"state": "relay"`)
	h.status.Decisions[0].Desired = policy.Unknown(policy.ReasonMissing)
	require.Equal(t, http.StatusServiceUnavailable, get(t, h.handler(), http.MethodGet, "/health?strict").Code)
}

func TestHealthTellsWhatWasLearned(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	h.status.Decisions[0].Proposals = []policy.Proposal{{Demand: "web", State: policy.Proposed, Terms: []policy.Term{
		{Name: "start-up", Value: 60, Unit: "s"}, {Name: "capacity", Value: 12.5, Unit: "/s a replica", Learned: true, Sure: 0.8},
	}}}
	var got struct {
		Policies []struct{ Learned []learnedHealth }
	}
	require.NoError(t, json.Unmarshal(get(t, h.handler(), http.MethodGet, "/health").Body.Bytes(), &got))
	require.Equal(t, []learnedHealth{{Demand: "web", Name: "capacity", Value: 12.5, Unit: "/s a replica", Sure: 0.8}}, got.Policies[0].Learned)
}

func TestHealthPutsWhatIsWrongFirst(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	d := h.status.Decisions[0]
	for i := range maxListed + 5 {
		d.Policy.Name = fmt.Sprintf("p%d", i)
		h.status.Decisions = append(h.status.Decisions, d)
	}
	d.Policy.Name, d.Desired = "last", policy.Unknown("missing")
	h.status.Decisions = append(h.status.Decisions, d)
	w := get(t, h.handler(), http.MethodGet, "/health")
	var got struct {
		Problems []string
		Policies []struct{ Name, State string }
		Omitted  int
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
	require.Equal(t, []string{"policy shop/last: desired is unknown (missing)"}, got.Problems)
	require.Len(t, got.Policies, maxListed)
	require.Equal(t, "last", got.Policies[0].Name)
	require.Equal(t, "orders-worker", got.Policies[1].Name, "the rest stays in order")
	require.Equal(t, 14, got.Omitted, "7 policies and 7 signals")
}

// TestHealthTellsAFailureOnce: a provider that is down is one problem, named by the
// signals that miss it.
func TestHealthTellsAFailureOnce(t *testing.T) {
	h := &host{status: good(), mono: time.Hour}
	down := &signals.Error{Reason: signals.Timeout, Detail: "no answer within 5s"}
	h.status.Providers[0].Last = down
	h.status.Subjects = nil
	for i := range maxNamed + 2 {
		subject := signals.Subject{Provider: "aws", Query: fmt.Sprintf(`{"queue":"q%d"}`, i)}
		h.status.Subjects = append(h.status.Subjects, engine.SubjectStatus{Subject: subject, Polled: true, Last: down})
		h.status.Uses[subject] = []runner.Use{{Policy: policy.ID{Namespace: "shop", Name: fmt.Sprintf("p%d", i)}, Signal: "backlog"}}
	}
	h.status.Decisions[0].Policy.Name = "p0"
	h.status.Decisions[0].Signals[0].State, h.status.Decisions[0].Signals[0].Reason = signals.StateStale, signals.Timeout
	problems := func() (out struct{ Problems []string }) {
		require.NoError(t, json.Unmarshal(get(t, h.handler(), http.MethodGet, "/health").Body.Bytes(), &out))
		return out
	}
	require.Equal(t, []string{
		"signals backlog of shop/p0, backlog of shop/p1, backlog of shop/p2, backlog of shop/p3, backlog of shop/p4, backlog of shop/p5, " +
			"backlog of shop/p6, backlog of shop/p7, backlog of shop/p8, backlog of shop/p9 and 2 more: timeout: no answer within 5s",
	}, problems().Problems)

	h.status.Providers[0].Last = &signals.Error{Reason: signals.Auth}
	require.Len(t, problems().Problems, 2, "another failure of the provider, of its workloads for one")
	require.Contains(t, problems().Problems, "provider aws: auth")

	h.status.Subjects = nil
	h.status.Providers[0].Last = nil
	require.Equal(t, []string{"signal backlog of shop/p0: Stale (timeout)"}, problems().Problems, "where no fetch failed")
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "scaler_tests_total", Help: "Tests."})
	reg.MustRegister(c)
	c.Inc()
	s := Settings{Status: good, Mono: func() time.Duration { return 0 }, Gatherer: reg}
	w := get(t, New(s), http.MethodGet, "/metrics")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), "scaler_tests_total 1\n")

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	w = httptest.NewRecorder()
	New(s).ServeHTTP(w, r)
	require.Contains(t, w.Header().Get("Content-Type"), "application/openmetrics-text")
	require.True(t, strings.HasSuffix(w.Body.String(), "# EOF\n"))
}

func TestHeaders(t *testing.T) {
	w := get(t, (&host{}).handler(), http.MethodGet, "/livez")
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
}
