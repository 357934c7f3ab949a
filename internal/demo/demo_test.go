package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDocumentsLoad(t *testing.T) {
	docs, err := documents(addresses{Queue: "http://127.0.0.1:1", Ops: "127.0.0.1:8080", ExternalMetrics: "127.0.0.1:0"})
	require.NoError(t, err)
	loaded, err := config.Load([]config.File{{Name: "demo.yaml", Data: docs}}, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	require.Len(t, loaded.Policies, 1)
	p := loaded.Policies[0]
	require.Equal(t, "shop/orders-worker", p.Metadata.Namespace+"/"+p.Metadata.Name)
	require.Equal(t, []int32{minimum, maximum}, []int32{p.Spec.Replicas.Min, p.Spec.Replicas.Max})
	require.Equal(t, metric, p.Spec.Publish.ExternalMetric.Name)
	require.Equal(t, "127.0.0.1:8080", loaded.Config.Spec.Ops.Listen)
	_, err = compile.Compile(loaded.Policies)
	require.NoError(t, err)
}

// fakeDaemon decides one replica more each time it is asked for its status, and
// serves that as an external metric.
type fakeDaemon struct {
	mu        sync.Mutex // guards asked
	asked     int32
	documents []byte
}

func (f *fakeDaemon) status() *runner.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	mono := time.Duration(f.asked) * time.Second
	d := decided(f.asked)
	d.At = signals.Instant{Wall: time.Unix(0, 0).Add(mono), Mono: mono}
	return &runner.Status{Decisions: []policy.Decision{d}}
}

func (f *fakeDaemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/orders-worker" {
		http.NotFound(w, r)
		return
	}
	_, _ = io.WriteString(w, `{"items":[{"metricName":"orders-worker","value":"7"}]}`)
}

func (f *fakeDaemon) run(ctx context.Context, documents []byte, onReady func(Endpoints)) error {
	f.documents = documents
	s := httptest.NewUnstartedServer(f)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.StartTLS()
	defer s.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	onReady(Endpoints{Ops: explain.DefaultAddress, ExternalMetrics: s.URL, CA: ca, Status: f.status})
	<-ctx.Done()
	return nil
}

// TestRun shows two seconds with a fake daemon, in plain lines.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	f := &fakeDaemon{}
	err := Run(t.Context(), Settings{Daemon: f.run, Out: &out, For: 2500 * time.Millisecond, Seed: 1, Program: "scaler"})
	require.NoError(t, err)
	text := out.String()
	require.NotContains(t, text, "\x1b", "no escape codes")
	require.Contains(t, text, "scaler explain shop/orders-worker\n")
	require.Contains(t, text, "↑ 1 → 2  drain: backlog 37 ÷ 10 = 3.7 → 2")
	require.Regexp(t, `(?m)^06:\d\d +\d+/s`, text)
	require.Regexp(t, `(?m)^06:\d\d .* 2 \+5$`, text, "the replicas follow the external metric")
	require.Regexp(t, `(?m)^Summary: [23] s$`, text)
	require.Contains(t, string(f.documents), "kind: ScalingPolicy")
	file := regexp.MustCompile(`--cacert (\S+)`).FindStringSubmatch(text)
	require.Len(t, file, 2)
	require.NoFileExists(t, file[1], "the certificate is removed at the end")
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	daemon := func(ctx context.Context, _ []byte, _ func(Endpoints)) error {
		cancel()
		<-ctx.Done()
		return nil
	}
	require.NoError(t, Run(ctx, Settings{Daemon: daemon, Out: io.Discard}))
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestRunEndsWhereNothingCanBePrinted: at once, and not well.
func TestRunEndsWhereNothingCanBePrinted(t *testing.T) {
	f := &fakeDaemon{}
	err := Run(t.Context(), Settings{Daemon: f.run, Out: fullDisk{}, Program: "scaler"})
	require.EqualError(t, err, "print: no space left on device")
}

func TestRunTellsWhyTheDaemonFailed(t *testing.T) {
	daemon := func(context.Context, []byte, func(Endpoints)) error { return errors.New("listen: no") }
	require.EqualError(t, Run(t.Context(), Settings{Daemon: daemon, Out: io.Discard}), "listen: no")
}

func TestParseMetric(t *testing.T) {
	n, err := parseMetric([]byte(`{"items":[{"value":"14"}]}`))
	require.NoError(t, err)
	require.Equal(t, int32(14), n)
	for _, bad := range []string{``, `{}`, `{"items":[]}`, `{"items":[{"value":"1"},{"value":"2"}]}`, `{"items":[{"value":"-1"}]}`, `{"items":[{"value":"14500m"}]}`, `{"items":[{"value":""}]}`} {
		_, err := parseMetric([]byte(bad))
		require.Error(t, err, bad)
	}
}

// TestFollowerKeepsReplicasOnErrors: an error changes nothing.
func TestFollowerKeepsReplicasOnErrors(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"items":[{"value":"0"}]}`, http.StatusServiceUnavailable)
	}))
	defer s.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	f, err := newFollower(s.URL, ca, nil)
	require.NoError(t, err)
	defer f.client.CloseIdleConnections()
	_, err = f.ask(t.Context())
	require.EqualError(t, err, "ask for the metric: status 503")

	_, err = newFollower(s.URL, []byte("no certificate"), nil)
	require.Error(t, err)
}

func TestFreeAddress(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	taken := s.Listener.Addr().String()
	require.Equal(t, "127.0.0.1:0", freeAddress(t.Context(), taken))
	s.Close()
	require.Equal(t, taken, freeAddress(t.Context(), taken))
}

// decided is a decision of some replicas.
func decided(n int32) policy.Decision {
	return policy.Decision{
		Policy: policyID(), Desired: policy.Replicas(n),
		Proposals: []policy.Proposal{{Demand: "drain", State: policy.Proposed, Replicas: n, MayLower: true, Signal: "backlog", Value: 37, Divisor: 10}},
		Trail:     []policy.Step{{Stage: policy.StageCombine, Reason: policy.ReasonLargest, Before: n - 1, After: n, Subject: "drain"}},
	}
}
