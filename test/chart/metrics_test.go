package chart

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/scaler-dev/scaler/test/chart/render"
)

// metric is a name of one of ours, without what a histogram appends.
var metric = regexp.MustCompile(`\bscaler_[a-z_]+?(_bucket|_count|_sum)?\b`)

// TestMetricsExist holds alerts and dashboard to the metrics that are documented,
// and the documentation holds itself to what is registered.
func TestMetricsExist(t *testing.T) {
	page, err := os.ReadFile("../../docs/operating.md")
	require.NoError(t, err)
	var known []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(scaler_[a-z_]+)`").FindAllStringSubmatch(string(page), -1) {
		known = append(known, row[1])
	}
	require.NotEmpty(t, known)
	for _, file := range []string{"files/alerts.yaml", "files/dashboard.json"} {
		text, err := os.ReadFile(filepath.Join(chartDir, file))
		require.NoError(t, err)
		used := metric.FindAllStringSubmatch(string(text), -1)
		require.NotEmpty(t, used)
		for _, m := range used {
			require.Containsf(t, known, strings.TrimSuffix(m[0], m[1]), "%s: docs/operating.md lists no such metric", file)
		}
	}
}

// monitored are the values with everything of metrics on.
func monitored(t *testing.T) render.Release {
	t.Helper()
	v, err := render.Values(filepath.Join(chartDir, "ci", "everything-values.yaml"))
	require.NoError(t, err)
	return chartWith(t, v)
}

// TestMonitorsFindThePods shows that monitors select the Service and the pods, by a
// port that is there.
func TestMonitorsFindThePods(t *testing.T) {
	r := monitored(t)
	m := one[monitoring.ServiceMonitor](t, r, "ServiceMonitor")
	s := one[corev1.Service](t, r, "Service")
	require.Equal(t, []string{s.Namespace}, m.Spec.NamespaceSelector.MatchNames)
	for k, v := range m.Spec.Selector.MatchLabels {
		require.Equal(t, v, s.Labels[k])
		require.Equal(t, v, s.Spec.Selector[k])
	}
	require.True(t, slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == m.Spec.Endpoints[0].Port }))
	require.True(t, m.Spec.Endpoints[0].HonorLabels, "the namespace of a metric is its policy's")

	r = chartWith(t, values{"metrics": values{"podMonitor": values{"enabled": true}}})
	p := one[monitoring.PodMonitor](t, r, "PodMonitor")
	require.Equal(t, s.Spec.Selector["app.kubernetes.io/name"], p.Spec.Selector.MatchLabels["app.kubernetes.io/name"])
	require.Equal(t, "scaler", *p.Spec.PodMetricsEndpoints[0].RelabelConfigs[0].Replacement, "alerts select by this job")
}

// TestDashboard shows that Grafana's sidecar finds the dashboard, whole.
func TestDashboard(t *testing.T) {
	c := one[corev1.ConfigMap](t, monitored(t), "ConfigMap", "scaler-all-dashboard")
	require.Equal(t, "1", c.Labels["grafana_dashboard"])
	file, err := os.ReadFile(filepath.Join(chartDir, "files", "dashboard.json"))
	require.NoError(t, err)
	require.JSONEq(t, string(file), c.Data["scaler-all-dashboard.json"])
	var dashboard struct {
		Panels []struct {
			ID      int
			GridPos struct{ X, W int }
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, yaml.Unmarshal(file, &dashboard))
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		require.Falsef(t, ids[p.ID], "panel %d is there twice", p.ID)
		ids[p.ID] = true
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24)
	}
}

// TestAlerts runs the rules over series in which each alert is raised once, and over
// healthy ones in which none is, with Prometheus' own promtool.
func TestAlerts(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "promtool is not on PATH; apt-get install prometheus")
		t.Skip("promtool is not on PATH; apt-get install prometheus")
	}
	dir := t.TempDir()
	rule := one[monitoring.PrometheusRule](t, monitored(t), "PrometheusRule")
	names := map[string]bool{}
	for _, r := range rule.Spec.Groups[0].Rules {
		names[r.Alert] = true
		require.Equal(t, "platform", r.Labels["team"], r.Alert)
	}
	rules, err := yaml.Marshal(rule.Spec)
	require.NoError(t, err)
	require.NotContains(t, string(rules), "@", "every mark is filled in")
	tests, err := os.ReadFile(filepath.Join("testdata", "alerts_test.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), rules, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tests.yaml"), tests, 0o600))
	for _, args := range [][]string{{"check", "rules", "rules.yaml"}, {"test", "rules", "tests.yaml"}} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, fmt.Sprint(args, "\n", string(out)))
	}
	for name := range names {
		if name != "ScalerSlow" { // the values' own
			require.Containsf(t, string(tests), "alertname: "+name+"\n", "%s is not tested", name)
		}
	}
}
