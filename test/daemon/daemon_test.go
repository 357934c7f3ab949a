// Package daemon_test runs the whole process against real servers: moto for AWS,
// Prometheus, the aws CLI and the HPA's own client of the external metrics API.
package daemon_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/app"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// patience bounds what is waited for on a busy machine. Nothing asserts that it
// takes less.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	testaws.SetEnv()
	app.LogLibraries(io.Discard)
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // they wait, most of the time
	goleak.VerifyTestMain(m)
}

const processDocument = `
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec:
  ops: {listen: "127.0.0.1:0"}
  externalMetrics: {listen: "127.0.0.1:0", authentication: None}
---
`

// daemon is a running process.
type daemon struct {
	t    *testing.T
	urls app.Running
	api  *http.Client
	end  func()
}

// start runs the process on a document until the test ends.
func start(t *testing.T, document string, change ...func(*app.Options)) *daemon {
	t.Helper()
	ready, ended := make(chan app.Running, 1), make(chan error, 1)
	o := app.Options{
		Documents: []config.File{{Name: "test.yaml", Data: []byte(processDocument + document)}},
		LookupEnv: os.LookupEnv, Stdout: io.Discard, Stderr: t.Output(), Version: "test",
		Ready: func(r app.Running) { ready <- r },
	}
	for _, f := range change {
		f(&o)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	go func() { ended <- app.Run(ctx, o) }()
	d := &daemon{t: t}
	var stopped bool
	d.end = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			require.NoError(t, err)
		case <-time.After(10 * time.Second):
			require.Fail(t, "the process does not end within 10 s")
		}
	}
	select {
	case d.urls = <-ready:
	case err := <-ended:
		require.NoError(t, err, "start")
		require.Fail(t, "ended at its start")
	case <-time.After(patience):
		require.Fail(t, "does not start")
	}
	t.Cleanup(d.end)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(d.urls.CABundle)
	d.api = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}}
	t.Cleanup(d.api.CloseIdleConnections)
	return d
}

// answer is what the external metrics API said of a metric.
type answer struct {
	code   int
	header http.Header
	value  string
	at     time.Time
	body   string
}

// replicas is a whole value; -1 if there is none.
func (a answer) replicas() int {
	n, err := strconv.Atoi(a.value)
	if err != nil {
		return -1
	}
	return n
}

// metric asks the external metrics API as the HPA does.
func (d *daemon) metric(namespace, name string) answer {
	d.t.Helper()
	url := fmt.Sprintf("%s/apis/external.metrics.k8s.io/v1beta1/namespaces/%s/%s", d.urls.ExternalMetrics, namespace, name)
	resp, err := d.api.Get(url)
	require.NoError(d.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(d.t, err)
	require.Empty(d.t, resp.Header.Get("Retry-After"))
	a := answer{code: resp.StatusCode, header: resp.Header, body: string(body)}
	if a.code != http.StatusOK {
		return a
	}
	var list struct {
		Items []struct {
			Value     string    `json:"value"`
			Timestamp time.Time `json:"timestamp"`
		} `json:"items"`
	}
	require.NoError(d.t, json.Unmarshal(body, &list))
	require.Len(d.t, list.Items, 1, "exactly one item: the HPA sums them")
	a.value, a.at = list.Items[0].Value, list.Items[0].Timestamp
	return a
}

// becomes waits until a metric has a value.
func (d *daemon) becomes(name, value string) answer {
	d.t.Helper()
	return d.until(name, "becomes "+value, func(a answer) bool { return a.code == http.StatusOK && a.value == value })
}

// fails waits until a metric is refused as unknown for a reason.
func (d *daemon) fails(name, reason string) {
	d.t.Helper()
	d.until(name, "is unknown: "+reason, func(a answer) bool {
		return a.code == http.StatusServiceUnavailable && strings.Contains(a.body, `"`+reason+`"`)
	})
}

func (d *daemon) until(name, what string, is func(answer) bool) answer {
	d.t.Helper()
	var last answer
	require.Eventually(d.t, func() bool { last = d.metric("shop", name); return is(last) }, patience, 100*time.Millisecond,
		"%s %s", name, what)
	return last
}

// state is the state of a policy's signal now.
func (d *daemon) state(policy, name string) string {
	d.t.Helper()
	for _, dec := range d.urls.Status().Decisions {
		if dec.Policy.String() != policy {
			continue
		}
		for _, s := range dec.Signals {
			if s.Name == name {
				return string(s.State)
			}
		}
	}
	return ""
}

// get reads a page of the ops server.
func (d *daemon) get(path string) (int, string) {
	d.t.Helper()
	resp, err := http.Get(d.urls.Ops + path)
	require.NoError(d.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(d.t, err)
	return resp.StatusCode, string(body)
}
