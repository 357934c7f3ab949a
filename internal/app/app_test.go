package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/config"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestARecordIsNotOverwritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ticks.jsonl")
	for range 2 { // absent, then empty
		f, err := openRecord(name)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	require.NoError(t, os.WriteFile(name, []byte("{}\n"), 0o600))
	_, err := openRecord(name)
	require.ErrorIs(t, err, ErrRecordExists)
	require.ErrorContains(t, err, "ticks.jsonl")
	kept, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "{}\n", string(kept))

	f, err := openRecord(os.DevNull) // nothing that could be overwritten
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func TestChosenMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	for _, name := range []string{
		"apiserver_request_total", "apiserver_current_inflight_requests", "apiserver_audit_event_total", "metrics_apiserver_freshness",
		"go_goroutines", "go_godebug_non_default_behavior_x_total", "process_cpu_seconds_total", "workqueue_depth",
	} {
		reg.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: name}))
	}
	families, err := chosen(reg).Gather()
	require.NoError(t, err)
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	require.Equal(t, []string{
		"apiserver_current_inflight_requests", "apiserver_request_total", "go_goroutines", "metrics_apiserver_freshness", "process_cpu_seconds_total",
	}, names)
}

const worker = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: shop}
spec: {http: {url: "http://127.0.0.1:1"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals: [{name: backlog, provider: shop, kind: Total, http: {path: /backlog, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
`

const (
	cloudWatchOnly = "  publish: {cloudWatch: {provider: aws}}\n---\napiVersion: scaler.dev/v1alpha1\nkind: SignalProvider\nmetadata: {name: aws}\nspec: {aws: {region: eu-west-1}}\n"
	apiOff         = "---\napiVersion: scaler.dev/v1alpha1\nkind: ScalerConfig\nmetadata: {name: scaler}\nspec: {ops: {listen: \"127.0.0.1:0\"}}\n"
	apiOn          = "---\napiVersion: scaler.dev/v1alpha1\nkind: ScalerConfig\nmetadata: {name: scaler}\nspec: {externalMetrics: {authentication: None}}\n"
)

func load(t *testing.T, text string) *config.Documents {
	t.Helper()
	docs, err := config.Load([]config.File{{Name: "test.yaml", Data: []byte(text)}}, os.LookupEnv)
	require.NoError(t, err)
	return docs
}

// built makes the pipeline of later documents in a process started on first ones.
func built(t *testing.T, first, later string, dryRun bool) (sinks []string, log string) {
	t.Helper()
	var b bytes.Buffer
	o := Options{DryRun: dryRun, Stdout: &b}
	l := &loader{o: o, first: load(t, first)}
	c := clock.New()
	all := newShards(l, c, prometheus.NewRegistry())
	p, err := newBuilder(o, l, c, newLog(&b), newProviders(awsx.NewMetrics(prometheus.NewRegistry())), all, ecssink.NewFloors(c.Now)).build(t.Context(), load(t, later), all[0])
	require.NoError(t, err)
	for _, s := range p.Sinks {
		sinks = append(sinks, strings.SplitN(s.Name, "/", 2)[0])
	}
	return sinks, b.String()
}

func TestExternalMetricsThatNobodyServes(t *testing.T) {
	const warning = "policies publish an external metric, and the external metrics API is off: set spec.externalMetrics of a ScalerConfig"
	for _, c := range []struct {
		name, first, later string
		dryRun             bool
		sinks              []string
		warns              bool
	}{
		{name: "by default", first: worker, later: worker, sinks: []string{"prometheus"}, warns: true},
		{name: "with another ScalerConfig", first: worker + apiOff, later: worker + apiOff, sinks: []string{"prometheus"}, warns: true},
		{name: "CloudWatch only", first: worker + cloudWatchOnly, later: worker + cloudWatchOnly, sinks: []string{"prometheus", "cloudWatch"}},
		{name: "served", first: worker + apiOn, later: worker + apiOn, sinks: []string{"prometheus", "externalMetrics"}},
		{name: "a dry run", first: worker, later: worker, dryRun: true, sinks: []string{"prometheus", "stdout"}},
		{name: "turned off while the server runs", first: worker + apiOn, later: worker + apiOff, sinks: []string{"prometheus", "externalMetrics"}, warns: true},
		{name: "turned on, for the next start", first: worker + apiOff, later: worker + apiOn, sinks: []string{"prometheus"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sinks, log := built(t, c.first, c.later, c.dryRun)
			require.Equal(t, c.sinks, sinks)
			require.Equal(t, c.warns, strings.Contains(log, warning), log)
		})
	}
}

func TestFieldsThatWaitForTheNextStart(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.MessageKey {
			return slog.Attr{}
		}
		return a
	}}))
	running := v1alpha1.ScalerConfigSpec{Ops: v1alpha1.OpsServer{Listen: "127.0.0.1:8080"}, MaxConcurrentPolls: 64}
	warnOfNextStart(log, running, running)
	require.Empty(t, b.String())

	next := running
	next.Ops.Listen, next.MaxConcurrentPolls = "127.0.0.1:9090", 8
	next.ExternalMetrics = &v1alpha1.ExternalMetricsServer{Listen: "127.0.0.1:6443", Authentication: v1alpha1.AuthenticationNone}
	warnOfNextStart(log, running, next)
	require.Equal(t, `level=WARN field=spec.ops.listen running=127.0.0.1:8080 next=127.0.0.1:9090
level=WARN field=spec.externalMetrics running=off next=on
level=WARN field=spec.maxConcurrentPolls running=64 next=8
`, b.String())

	b.Reset()
	other := next
	other.ExternalMetrics = &v1alpha1.ExternalMetricsServer{Listen: "127.0.0.1:7443", Authentication: v1alpha1.AuthenticationCluster}
	warnOfNextStart(log, next, other)
	require.Equal(t, `level=WARN field=spec.externalMetrics.listen running=127.0.0.1:6443 next=127.0.0.1:7443
level=WARN field=spec.externalMetrics.authentication running=None next=Cluster
`, b.String())
}
