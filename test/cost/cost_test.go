//go:build e2e

// Package cost_test holds what scaler cost says to the calls that a daemon makes of
// an emulator.
package cost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/app"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/cost"
	"github.com/scaler-dev/scaler/internal/testaws"
)

var window = flag.Duration("window", 2*time.Minute, "how long calls are counted, in whole minutes")

const (
	patience = 3 * time.Minute
	within   = 0.05 // of what was counted
)

func TestMain(m *testing.M) {
	testaws.SetEnv()
	app.LogLibraries(io.Discard)
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// tally is what was asked for, by operation.
type tally struct{ calls, metrics map[string]float64 }

func newTally() tally { return tally{map[string]float64{}, map[string]float64{}} }

func (t tally) minus(o tally) tally {
	d := newTally()
	for op, n := range t.calls {
		d.calls[op], d.metrics[op] = n-o.calls[op], t.metrics[op]-o.metrics[op]
	}
	return d
}

// counter is a way to the emulator on which calls are counted, from outside.
type counter struct {
	*httptest.Server

	mu       sync.Mutex
	tally    tally     // guarded by mu
	reads    int       // of GetMetricData; guarded by mu
	lastRead time.Time // guarded by mu
}

func countOn(t *testing.T, to string) *counter {
	t.Helper()
	u, err := url.Parse(to)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // of calls that the daemon gave up
	c := &counter{tally: newTally()}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.count(testaws.Operation(r), body)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *counter) count(operation string, body []byte) {
	var in struct {
		MetricDataQueries []struct{ MetricStat json.RawMessage }
		MetricData        []json.RawMessage
	}
	_ = json.Unmarshal(body, &in)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.calls[operation]++
	c.tally.metrics[operation] += float64(len(in.MetricData))
	for _, q := range in.MetricDataQueries {
		if q.MetricStat != nil {
			c.tally.metrics[operation]++
		}
	}
	if operation == "GetMetricData" {
		c.reads++
		c.lastRead = time.Now()
	}
}

func (c *counter) so() tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tally.minus(newTally())
}

// between says that no call of the few that are made once a minute is due now. The
// first of all is not on the grid of the others.
func (c *counter) between() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	since, second := time.Since(c.lastRead), time.Now().Second()
	return c.reads > 1 && since > 15*time.Second && since < 45*time.Second && second > 5 && second < 55
}

// sample is a sample of the daemon's own count.
var sample = regexp.MustCompile(`(?m)^scaler_aws_calls_total\{operation="(\w+)",provider="aws",service="[\w ]+"\} (\S+)$`)

func own(t *testing.T, ops string) tally {
	t.Helper()
	resp, err := http.Get(ops + "/metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	out := newTally()
	for _, m := range sample.FindAllStringSubmatch(string(body), -1) {
		out.calls[m[1]], err = strconv.ParseFloat(m[2], 64)
		require.NoError(t, err)
	}
	require.NotEmpty(t, out.calls)
	return out
}

// TestEstimateHolds runs 1,000 policies on 200 queues and 50 metrics, 100 of them on
// ECS, and counts the calls on their way to the emulator.
func TestEstimateHolds(t *testing.T) {
	const policies, queues, metrics, services = 1000, 200, 50, 100
	moto := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=2")
	world(t, moto, queues, metrics, services)
	via := countOn(t, moto.URL)
	documents := []config.File{{Name: "test.yaml", Data: []byte(head(via.URL) + policiesOf(policies, queues, metrics, services))}}

	usage, err := app.Usage(t.Context(), app.Options{Documents: documents})
	require.NoError(t, err)
	prices, err := cost.ReadPrices(cost.Table)
	require.NoError(t, err)
	estimate := cost.New(usage, prices)
	require.Empty(t, via.so().calls, "an estimate calls nobody")

	running := start(t, documents)
	require.Eventually(t, func() bool { return published(running) == services && via.between() }, patience, 100*time.Millisecond,
		"every policy of ECS has a decision")
	began, before, ownBefore := time.Now(), via.so(), own(t, running.Ops)
	time.Sleep(*window - time.Since(began))
	counted := via.so().minus(before)
	ownCounted := own(t, running.Ops).minus(ownBefore)

	report(t, estimate, counted, ownCounted)
	for _, r := range estimate.Calls {
		minutes := window.Minutes()
		require.InEpsilon(t, counted.calls[r.Operation], r.CallsPerMinute*minutes, within, r.Operation)
		if r.MetricsPerMinute > 0 {
			require.InEpsilon(t, counted.metrics[r.Operation], r.MetricsPerMinute*minutes, within, "metrics of "+r.Operation)
		}
		// Calls may be on their way while the one or the other is read.
		require.InDelta(t, counted.calls[r.Operation], ownCounted.calls[r.Operation], 10, "as the daemon counts "+r.Operation)
		delete(counted.calls, r.Operation)
	}
	for operation, n := range counted.calls {
		require.Zero(t, n, "%s is in no estimate", operation)
	}
}

// report prints estimate and count side by side, and what the incumbent's way costs.
func report(t *testing.T, e cost.Estimate, counted, own tally) {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "in %s\testimate\tcounted\tdifference\tthe daemon's own count\t\n", *window)
	var estimated, all float64
	for _, r := range e.Calls {
		want, got := r.CallsPerMinute*window.Minutes(), counted.calls[r.Operation]
		estimated, all = estimated+want, all+got
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%+.2f %%\t%.0f\t\n", r.Operation, want, got, 100*(want-got)/got, own.calls[r.Operation])
	}
	for _, r := range e.Calls {
		if r.MetricsPerMinute > 0 {
			want, got := r.MetricsPerMinute*window.Minutes(), counted.metrics[r.Operation]
			fmt.Fprintf(w, "metrics of %s\t%.0f\t%.0f\t%+.2f %%\t\t\n", r.Operation, want, got, 100*(want-got)/got)
		}
	}
	fmt.Fprintf(w, "all calls\t%.0f\t%.0f\t%+.2f %%\t\t\n", estimated, all, 100*(estimated-all)/all)
	require.NoError(t, w.Flush())
	t.Logf("\n%s\n%s", b.String(), e.Table())
	require.LessOrEqual(t, math.Abs(estimated-all)/all, within)
}

func start(t *testing.T, documents []config.File) app.Running {
	t.Helper()
	ready, ended := make(chan app.Running, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	go func() {
		ended <- app.Run(ctx, app.Options{
			Documents: documents, LookupEnv: os.LookupEnv, Stdout: io.Discard, Stderr: io.Discard, Version: "test",
			Ready: func(r app.Running) { ready <- r },
		})
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		http.DefaultClient.CloseIdleConnections()
	})
	select {
	case r := <-ready:
		return r
	case err := <-ended:
		require.NoError(t, err)
		require.Fail(t, "ended at its start")
		return app.Running{}
	}
}

// published counts the policies of ECS whose decision is known.
func published(r app.Running) int {
	n := 0
	s := r.Status()
	if s == nil {
		return 0
	}
	for _, d := range s.Decisions {
		if _, known := d.Desired.Replicas(); known && strings.HasPrefix(d.Policy.Name, "ecs-") {
			n++
		}
	}
	return n
}
