//go:build e2e

package kubernetes_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/test/cluster"
	"github.com/scaler-dev/scaler/test/cluster/audit"
)

const (
	stateHPAs     = 40
	stateInterval = 2 * time.Second // of signals
	stateMost     = 6
	stateHeld     = 4 // replicas when the source falls ill
	stateFewer    = 2 // and when it is well again
	// faultSyncs are the syncs of every HPA in each state: the first with held data,
	// the last with none.
	faultSyncs = 5
	apiName    = "v1beta1.external.metrics.k8s.io"
)

// stateSync is how often an HPA is synced. The default of Kubernetes, 15 s, would take
// three times as long.
func stateSync(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(cmp.Or(os.Getenv("SCALER_E2E_HPA_SYNC"), "5s"))
	require.NoError(t, err)
	return d
}

// stateObjects are a Deployment, an HPA and a policy. The first half of the HPAs read
// the policy's decision, the others its signal. Nothing but what is served keeps any
// of them from following a fall at once.
func stateObjects(i int, freshFor, holdFor time.Duration) (objects, policy string) {
	name, metric, target := fmt.Sprintf("web-%02d", i), fmt.Sprintf("web-%02d", i), "1"
	if i >= stateHPAs/2 {
		metric, target = name+".load", "10"
	}
	at := "{stabilizationWindowSeconds: 0, tolerance: 0, policies: [{type: Pods, value: 1000, periodSeconds: 15}]}"
	objects = fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec: {containers: [{name: web, image: none}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[1]s, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: 1
  maxReplicas: %[5]d
  behavior: {scaleUp: %[4]s, scaleDown: %[4]s}
  metrics: [{type: External, external: {metric: {name: %[2]s}, target: {type: AverageValue, averageValue: "%[3]s"}}}]
---
`, name, metric, target, at, stateMost)
	policy = fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: %[1]s, namespace: shop}
spec:
  workload: {deployment: {name: %[1]s}}
  replicas: {min: 1, max: %[4]d}
  signals: [{name: load, provider: source, kind: Total, interval: %[5]s, freshFor: %[2]s, holdFor: %[3]s, http: {path: /%[1]s, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: load, amount: 10}}]
  scaleIn: {stabilization: 0s, limits: [{replicas: 1000, period: 15s}]}
---
`, name, freshFor, holdFor, stateMost, stateInterval)
	return objects, policy
}

// states is the world of TestNoFaultOfASourceScalesIn.
type states struct {
	t         *testing.T
	sync      time.Duration
	cluster   *cluster.Cluster
	log       *audit.Log
	scaler    *replica
	source    *source
	available *availability
	table     strings.Builder
	rows      *tabwriter.Writer
}

// TestNoFaultOfASourceScalesIn lets 40 HPAs of a real controller manager read from
// Scaler while its source fails in every way there is. Whatever it is, replicas stay,
// HPAs keep their rhythm and the APIService is Available; and afterwards they scale.
func TestNoFaultOfASourceScalesIn(t *testing.T) {
	s := startStates(t)
	eventually(t, 2*time.Minute, "all scale out to begin with", s.settled(stateHeld))
	for _, state := range []struct {
		name       string
		begin, end func()
	}{
		{"dead", s.source.stop, func() { s.source.start(t) }},
		{"hangs", s.says(hangs), s.well},
		{"all zero", s.says(says("application/json", `{"length": 0}`)), s.well},
		{"NaN", s.says(says("application/json", `{"length": NaN}`, `{"length": "NaN"}`, `{"length": null}`)), s.well},
		{"-1", s.says(says("application/json", `{"length": -1}`)), s.well},
		{"1e16", s.says(says("application/json", `{"length": 1e16}`)), s.well},
		{"garbage", s.says(garbage), s.well},
	} {
		went := t.Run(state.name, func(t *testing.T) {
			row := s.fault(t, state.begin)
			_, metrics := s.scaler.get(t.Context(), "/metrics")
			require.Contains(t, metrics, `scaler_mass_guard_tripped{provider="source"} 1`)
			row.recovery = s.recover(t, state.end)
			row.print(s.rows, state.name)
		})
		if !went {
			break // the next would begin from what is wrong
		}
	}
	require.NoError(t, s.rows.Flush())
	t.Logf("%d HPAs (half read the decision, half the signal), synced every %s, %d syncs in each state, from %d replicas (1 to %d allowed):\n\n%s",
		stateHPAs, s.sync, faultSyncs, stateHeld, stateMost, s.table.String())
}

func startStates(t *testing.T) *states {
	t.Helper()
	s := &states{t: t, sync: stateSync(t), available: &availability{}}
	var err error
	s.log, err = audit.New(t.TempDir())
	require.NoError(t, err)
	s.cluster = cluster.Start(t, cluster.Options{
		AggregatorRouting: true, HPASyncPeriod: s.sync, KubeAPIQPS: 200, KubeAPIBurst: 400,
		Flags: map[string][]string{cluster.APIServer: s.log.Flags()},
	})
	require.NoError(t, s.cluster.Apply(t.Context(), []byte(namespaces+apiService)))
	s.source = newSource(t, 10*stateHeld)
	var objects, documents strings.Builder
	fmt.Fprintf(&documents, "apiVersion: scaler.dev/v1alpha1\nkind: SignalProvider\nmetadata: {name: source}\nspec: {http: {url: \"http://%s\"}}\n---\n", s.source.addr)
	for i := range stateHPAs {
		o, p := stateObjects(i, s.sync, 2*s.sync)
		objects.WriteString(o)
		documents.WriteString(p)
	}
	s.scaler = startReplica(t, s.cluster, "a", settings{Documents: documents.String()})
	e := &endpoints{}
	e.add(s.scaler)
	s.beside(func(ctx context.Context) { e.run(ctx, t, s.cluster, 200*time.Millisecond) })
	require.NoError(t, s.cluster.WaitAPIService(t.Context(), apiName))
	s.beside(func(ctx context.Context) { s.available.run(ctx, t, s.cluster, apiName) })
	require.NoError(t, s.cluster.Apply(t.Context(), []byte(objects.String())))
	s.rows = tabwriter.NewWriter(&s.table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(s.rows, "source\tcalls of it\tHPAs that read\treads\tanswers\tperiod of an HPA\tslowest answer\treplicas\tAPIService\tscale again")
	return s
}

// beside runs until the test ends.
func (s *states) beside(run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); run(ctx) }()
	s.t.Cleanup(func() { cancel(); <-ended })
}

func (s *states) says(a answer) func() { return func() { s.source.answer.Store(&a) } }

func (s *states) well() { s.source.answer.Store(nil) }

// settled tells whether all have so many replicas.
func (s *states) settled(replicas int32) func() bool {
	return func() bool {
		f, err := readFleet(s.t.Context(), s.cluster)
		return err == nil && f.all(stateHPAs, replicas)
	}
}

// fault lets the source fail for some syncs, and looks.
func (s *states) fault(t *testing.T, begin func()) *stateRow {
	t.Helper()
	require.Empty(t, s.available.forget())
	_, err := s.log.Next()
	require.NoError(t, err)
	calls := s.source.calls.Load()
	began := time.Now()
	begin()
	window := faultSyncs * s.sync
	for time.Since(began) < window {
		f, err := readFleet(t.Context(), s.cluster)
		require.NoError(t, err)
		require.True(t, f.all(stateHPAs, stateHeld), "%s after %s", f, time.Since(began))
		time.Sleep(time.Second)
	}
	gets, err := s.log.Next()
	require.NoError(t, err)
	row := newStateRow(gets, began, window)
	row.calls = s.source.calls.Load() - calls
	require.Empty(t, s.available.forget(), "the APIService stays Available")
	require.True(t, s.available.isAvailable())
	row.requireRhythm(t, s.sync)
	healthy := stateHPAs * float64(window/stateInterval)
	require.LessOrEqual(t, float64(row.calls), 1.2*healthy, "the source is called more often than in health")
	return row
}

// recover lets the source be well and wants fewer replicas, and then as many as
// before. In this order no doubt is left of higher values, which would raise.
func (s *states) recover(t *testing.T, end func()) string {
	t.Helper()
	s.source.length.Store(10 * stateFewer)
	began := time.Now()
	end()
	eventually(t, time.Minute+4*s.sync, "all scale in after the fault", s.settled(stateFewer))
	in := time.Since(began)
	s.source.length.Store(10 * stateHeld)
	began = time.Now()
	eventually(t, time.Minute+4*s.sync, "all scale out after the fault", s.settled(stateHeld))
	return fmt.Sprintf("in %.0f s, out %.0f s", in.Seconds(), time.Since(began).Seconds())
}

// stateRow is what was seen in a state.
type stateRow struct {
	calls    int64 // of the source
	gets     int
	codes    map[int]int
	counts   map[string]int // reads by metric
	periods  []time.Duration
	slowest  time.Duration
	recovery string
}

// newStateRow counts what was read in a window. A read that had not ended with it is
// not there: an adapter that hangs shows as HPAs that read too seldom.
func newStateRow(gets []audit.Get, began time.Time, window time.Duration) *stateRow {
	r := &stateRow{codes: map[int]int{}, counts: map[string]int{}}
	last := map[string]time.Time{}
	slices.SortFunc(gets, func(a, b audit.Get) int { return a.At.Compare(b.At) })
	for _, g := range gets {
		if g.At.Before(began) || g.At.After(began.Add(window)) {
			continue
		}
		if at, ok := last[g.Metric]; ok {
			r.periods = append(r.periods, g.At.Sub(at))
		}
		last[g.Metric] = g.At
		r.gets++
		r.codes[g.Code]++
		r.counts[g.Metric]++
		r.slowest = max(r.slowest, g.Took)
	}
	slices.Sort(r.periods)
	return r
}

// requireRhythm holds every HPA to its period, whatever the source does. The bound is
// what a busy machine may add: an adapter that hangs holds an HPA for a minute.
func (r *stateRow) requireRhythm(t *testing.T, sync time.Duration) {
	t.Helper()
	require.Len(t, r.counts, stateHPAs, "every HPA reads")
	for metric, n := range r.counts {
		require.GreaterOrEqual(t, n, faultSyncs-1, metric)
		require.LessOrEqual(t, n, faultSyncs+1, "%s is read more often in a fault", metric)
	}
	require.InEpsilon(t, sync.Seconds(), r.median().Seconds(), 0.1, "the period of an HPA")
	require.Less(t, r.periods[len(r.periods)-1], 2*sync, "the longest period of an HPA")
}

func (r *stateRow) median() time.Duration { return r.periods[len(r.periods)/2] }

func (r *stateRow) print(w *tabwriter.Writer, name string) {
	var answers []string
	for _, code := range []int{200, 503} {
		answers = append(answers, fmt.Sprintf("%d: %d", code, r.codes[code]))
		delete(r.codes, code)
	}
	for code, n := range r.codes {
		answers = append(answers, fmt.Sprintf("%d: %d", code, n))
	}
	fmt.Fprintf(w, "%s\t%d\t%d of %d\t%d\t%s\t%.1f s (max %.1f)\t%d ms\theld at %d\tAvailable\t%s\n", name, r.calls, len(r.counts), stateHPAs, r.gets,
		strings.Join(answers, ", "), r.median().Seconds(), r.periods[len(r.periods)-1].Seconds(), r.slowest.Milliseconds(), stateHeld, r.recovery)
}
