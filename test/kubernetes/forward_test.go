//go:build e2e

package kubernetes_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/scaler-dev/scaler/test/cluster"
	"github.com/scaler-dev/scaler/test/cluster/audit"
)

const (
	forwardHPAs = 6 // on each adapter
	forwardSync = 5 * time.Second
	// ownWithin bounds the 99th of 100 answers of our own, on a machine that does other
	// things; an idle one takes milliseconds.
	ownWithin = time.Second
	// faultFor is how long the adapter is away: some syncs of each HPA.
	faultFor = 5 * forwardSync

	legacyMetric = "my-external-metric"
)

// scaled is a Deployment and the HPA that scales it by a metric, at once.
const scaled = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  replicas: 2
  selector: {matchLabels: {app: %[2]s}}
  template:
    metadata: {labels: {app: %[2]s}}
    spec: {containers: [{name: web, image: none}]}
---
`

const scaler = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[2]s}
  minReplicas: 1
  maxReplicas: 50
  behavior: {scaleUp: &now {stabilizationWindowSeconds: 0, tolerance: 0, policies: [{type: Pods, value: 1000, periodSeconds: 15}]}, scaleDown: *now}
  metrics: [{type: External, external: {metric: %[3]s, target: {type: AverageValue, averageValue: "%[4]d"}}}]
---
`

const forwardPolicy = `
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: %[1]s, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals: [{name: backlog, provider: source, kind: Total, interval: 1s, http: {path: /%[1]s, value: body.length}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  scaleOut: {limits: [{replicas: 50, period: 15s}]}
  scaleIn: {stabilization: 0s, limits: [{replicas: 50, period: 15s}]}
`

// The adapter's numbers are fixed. What is changed is which of them its HPAs ask for,
// of which each replica is good for 6.
const (
	asBar  = legacyMetric + ", selector: {matchLabels: {foo: bar}}" // 42
	asBaz  = legacyMetric + ", selector: {matchLabels: {foo: baz}}" // 43
	asBoth = legacyMetric                                           // 85

	replicasBar, replicasBaz, replicasBoth = 7, 8, 15
)

// moving is a cluster that moves from another adapter to Scaler.
type moving struct {
	all, t    *testing.T // of all steps, and of this one
	c         *cluster.Cluster
	log       *audit.Log
	adapter   *adapter
	source    *source
	documents string
	endpoints *endpoints
	own       reads // of Scaler's metric
	others    reads // of the adapter's
	table     strings.Builder
	rows      *tabwriter.Writer
}

// TestMovingFromAnotherAdapter starts Scaler beside an adapter that serves a cluster's
// external metrics, lets Scaler take its place and forward to it, and then lets the
// adapter die, hang, and come back.
func TestMovingFromAnotherAdapter(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a Service's name is resolved in a mount namespace, which takes root")
	}
	m := startMoving(t)
	m.legacy(asBar)
	eventually(t, time.Minute, "the adapter scales its own", m.ordered("legacy", replicasBar))
	for _, step := range []struct {
		name string
		run  func(*moving)
	}{
		{"beside", (*moving).beside},
		{"taken over", (*moving).takeOver},
		{"well", (*moving).well},
		{"killed", (*moving).killed},
		{"hangs", (*moving).hangs},
	} {
		if !t.Run(step.name, func(t *testing.T) { m.t = t; step.run(m) }) {
			break // the next would begin from what is wrong
		}
	}
	require.NoError(t, m.rows.Flush())
	t.Logf("%d HPAs on Scaler's metrics and %d on the adapter's, synced every %s:\n\n%s", forwardHPAs, forwardHPAs, forwardSync, m.table.String())
}

func startMoving(t *testing.T) *moving {
	t.Helper()
	m := &moving{all: t, t: t, endpoints: &endpoints{}}
	var err error
	m.log, err = audit.New(t.TempDir())
	require.NoError(t, err)
	m.c = cluster.Start(t, cluster.Options{
		AggregatorRouting: true, HPASyncPeriod: forwardSync, KubeAPIQPS: 200, KubeAPIBurst: 400,
		Flags: map[string][]string{cluster.APIServer: m.log.Flags()},
	})
	require.NoError(t, m.c.Apply(t.Context(), []byte(namespaces+"apiVersion: v1\nkind: Namespace\nmetadata: {name: legacy}\n")))
	m.adapter = newAdapter(t, m.c)
	require.NoError(t, m.c.Apply(t.Context(), []byte(m.adapter.apiService())))
	require.NoError(t, m.c.WaitAPIService(t.Context(), apiName))
	m.source = newSource(t, 40)
	m.documents = "apiVersion: scaler.dev/v1alpha1\nkind: SignalProvider\nmetadata: {name: source}\nspec: {http: {url: \"http://" + m.source.addr + "\"}}\n"
	for i := range forwardHPAs {
		m.documents += fmt.Sprintf(forwardPolicy, fmt.Sprintf("web-%d", i))
		require.NoError(t, m.c.Apply(t.Context(), fmt.Appendf(nil, scaled, "legacy", fmt.Sprintf("old-%d", i))))
		require.NoError(t, m.c.Apply(t.Context(), fmt.Appendf(nil, scaled, "shop", fmt.Sprintf("web-%d", i))))
	}
	beside(t, func(ctx context.Context) { m.endpoints.run(ctx, t, m.c, 200*time.Millisecond) })
	m.rows = tabwriter.NewWriter(&m.table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(m.rows, "adapter\tour answers\tp50\tp99\tslowest\tthe adapter's answers\tp99\tour HPAs' period\tour replicas\tthe adapter's replicas\tits metrics again after")
	return m
}

// legacy has the adapter's HPAs ask for a metric.
func (m *moving) legacy(as string) {
	m.t.Helper()
	for i := range forwardHPAs {
		require.NoError(m.t, m.c.Apply(m.t.Context(), fmt.Appendf(nil, scaler, "legacy", fmt.Sprintf("old-%d", i), "{name: "+as+"}", 6)))
	}
}

// ordered tells whether all of a namespace have so many replicas.
func (m *moving) ordered(namespace string, replicas int32) func() bool {
	return func() bool {
		all, err := m.c.Client().AppsV1().Deployments(namespace).List(m.t.Context(), metav1.ListOptions{})
		if err != nil {
			return false
		}
		n := 0
		for i := range all.Items {
			if *all.Items[i].Spec.Replicas == replicas {
				n++
			}
		}
		return n == forwardHPAs
	}
}

// leadsTo is the Service that the cluster's entry leads to; empty: nobody knows.
func (m *moving) leadsTo() string {
	object, err := entry(m.t.Context(), m.c)
	if err != nil {
		return ""
	}
	namespace, _, _ := unstructured.NestedString(object.Object, "spec", "service", "namespace")
	name, _, _ := unstructured.NestedString(object.Object, "spec", "service", "name")
	return namespace + "/" + name
}

// beside: without force, Scaler leaves the entry alone, and says whose it is.
func (m *moving) beside() {
	r := startReplica(m.t, m.c, "beside", settings{Documents: m.documents, Kubeconfig: ownRights(m.t, m.c, m.documents, "")})
	m.endpoints.add(r)
	const whose, hint = "v1beta1.external.metrics.k8s.io leads to legacy/adapter:443, which is available. Scaler does not take it by itself.",
		"To move to Scaler: set externalMetrics.forward (service: legacy/adapter, port: 443)"
	eventually(m.t, time.Minute, "health tells", func() bool {
		_, body := r.get(m.t.Context(), "/health")
		return strings.Contains(body, whose) && strings.Contains(body, hint)
	})
	m.t.Logf("log: %s", lineWith(r.log.String(), "api service seen"))
	require.Contains(m.t, r.log.String(), whose)
	require.Contains(m.t, r.log.String(), hint)
	eventually(m.t, time.Minute, "it serves who asks", func() bool {
		code, _ := r.get(m.t.Context(), "/readyz")
		return code == http.StatusOK
	})
	requireDoctorTells(m.t, m.c, m.documents, whose)
	m.legacy(asBoth)
	for began := time.Now(); time.Since(began) < 40*time.Second; time.Sleep(500 * time.Millisecond) { // it looks every 30 s
		require.Equal(m.t, "legacy/adapter", m.leadsTo())
	}
	require.True(m.t, m.ordered("legacy", replicasBoth)(), "the adapter scales its own")
	r.terminate()
	<-r.done
}

func lineWith(text, words string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, words) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// requireDoctorTells runs scaler doctor.
func requireDoctorTells(t *testing.T, c *cluster.Cluster, documents, words string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "documents.yaml")
	require.NoError(t, os.WriteFile(file, []byte(plainDocument("", c.Kubeconfig)+documents), 0o600))
	binary, err := program()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), binary, "doctor", "-f", file).CombinedOutput()
	var failed *exec.ExitError
	require.True(t, err == nil || errors.As(err, &failed), "%v", err)
	t.Logf("scaler doctor:\n%s", out)
	require.Contains(t, strings.Join(strings.Fields(string(out)), " "), words)
}

// takeOver: with force, the entry leads to Scaler, which serves its own and forwards
// the rest.
func (m *moving) takeOver() {
	m.t.Log("rights for force and forward:")
	kubeconfig := ownRights(m.t, m.c, m.documents, m.adapter.forward())
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	var seen reads
	ended := make(chan struct{})
	go func() { defer close(ended); seen.run(ctx, m.c, "legacy", legacyMetric, 10*time.Millisecond) }()
	r := m.scaler(kubeconfig)
	eventually(m.t, time.Minute, "it takes the entry", func() bool { return m.leadsTo() == "scaler/scaler" })
	m.t.Logf("log: %s", lineWith(r.log.String(), "api service taken over by force"))
	eventually(m.t, time.Minute, "the metric is served", func() bool {
		got, err := metric(m.t.Context(), m.c, "shop", "web-0")
		return err == nil && strings.Contains(got, `"value":"4"`)
	})
	require.NoError(m.t, m.c.WaitAPIService(m.t.Context(), apiName))
	time.Sleep(3 * time.Second)
	cancel()
	<-ended
	answers, took := seen.take()
	require.Equal(m.t, []string{"200"}, keys(answers), "nothing is lost on the way")
	m.t.Logf("reads of the adapter's metric while Scaler starts and takes over: %s; slowest %s", listed(answers), rounded(percentile(took, 100)))
	object, err := entry(m.t.Context(), m.c)
	require.NoError(m.t, err)
	require.Contains(m.t, object.GetAnnotations()["scaler.dev/previous-service"], "legacy/adapter")
}

// scaler starts the replica that takes over; it runs on in later steps.
func (m *moving) scaler(kubeconfig string) *replica {
	r := startReplica(m.all, m.c, "scaler", settings{Documents: m.documents, Kubeconfig: kubeconfig, External: m.adapter.forward(), Wrap: m.adapter.resolved()})
	m.endpoints.add(r)
	return r
}

// well: each scales its own, and the names of both are listed.
func (m *moving) well() {
	for i := range forwardHPAs {
		name := fmt.Sprintf("web-%d", i)
		require.NoError(m.t, m.c.Apply(m.t.Context(), fmt.Appendf(nil, scaler, "shop", name, "{name: "+name+"}", 1)))
	}
	m.legacy(asBaz)
	eventually(m.t, time.Minute, "the adapter scales its own", m.ordered("legacy", replicasBaz))
	eventually(m.t, time.Minute, "Scaler scales its own", m.ordered("shop", 4))
	eventually(m.t, time.Minute, "the names of both", func() bool { return len(m.names()) > 2 })
	m.requireNames()
	m.t.Logf("discovery: %v", m.names())
	row := m.watch("answers", func() {})
	require.Equal(m.t, []string{"200"}, keys(row.others))
	row.print(m.rows, "-")
}

func (m *moving) killed() { m.away("killed", m.adapter.kill, m.adapter.start) }

func (m *moving) hangs() { m.away("hangs", m.adapter.hang, m.adapter.resume) }

// away: what is Scaler's goes on while the adapter is away, and what is the adapter's
// stays as it is, and goes on afterwards.
func (m *moving) away(name string, begin, end func()) {
	length := m.source.length.Load() + 20
	replicas := int32(length / 10)
	row := m.watch(name, func() {
		begin()
		m.source.length.Store(length)
		m.legacy(asBar) // to be obeyed afterwards
	})
	require.True(m.t, m.ordered("shop", replicas)(), "Scaler scales its own to %d", replicas)
	m.requireNames()
	m.requireNamespacesGo("while-" + name)
	require.True(m.t, m.ordered("legacy", replicasBaz)(), "the adapter's keep their replicas")
	began := time.Now()
	end()
	eventually(m.t, 2*time.Minute, "the adapter's metrics are there again", func() bool {
		_, err := metric(m.t.Context(), m.c, "legacy", legacyMetric)
		return err == nil
	})
	again := time.Since(began)
	eventually(m.t, time.Minute, "the adapter scales its own again", m.ordered("legacy", replicasBar))
	row.print(m.rows, fmt.Sprintf("%.0f s, scaled after %.0f s", again.Seconds(), time.Since(began).Seconds()))
	m.legacy(asBaz)
	eventually(m.t, time.Minute, "the adapter scales its own", m.ordered("legacy", replicasBaz))
}

func (m *moving) names() []string {
	list, err := m.c.Client().Discovery().ServerResourcesForGroupVersion("external.metrics.k8s.io/v1beta1")
	if err != nil {
		m.t.Logf("discovery: %s", err)
		return nil
	}
	var names []string
	for _, r := range list.APIResources {
		names = append(names, r.Name)
	}
	return names
}

func (m *moving) requireNames() {
	m.t.Helper()
	require.Subset(m.t, m.names(), []string{legacyMetric, "other-external-metric"})
	require.Len(m.t, m.names(), 3, "and a placeholder of our own")
}

// requireNamespacesGo: an API that cannot be discovered keeps namespaces from being
// deleted.
func (m *moving) requireNamespacesGo(name string) {
	m.t.Helper()
	all := m.c.Client().CoreV1().Namespaces()
	_, err := all.Create(m.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	require.NoError(m.t, err)
	require.NoError(m.t, all.Delete(m.t.Context(), name, metav1.DeleteOptions{}))
	eventually(m.t, time.Minute, "the namespace goes", func() bool {
		_, err := all.Get(m.t.Context(), name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}
