// Package chart tests charts/scaler as Helm renders it.
package chart

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/scaler-dev/scaler/test/chart/render"
)

const chartDir = "../../charts/scaler"

var update = flag.Bool("update", false, "rewrite golden files and the chart's README")

// values are nested, as a file of values is.
type values = map[string]any

// chartWith renders the chart with values on top of its own.
func chartWith(t *testing.T, v values) render.Release {
	t.Helper()
	r, err := render.Chart(chartDir, render.Options{Values: v})
	require.NoError(t, err)
	return r
}

// everyValues are the chart's own, and those of every file of ci.
func everyValues(t *testing.T) map[string]values {
	t.Helper()
	all := map[string]values{"defaults": nil}
	files, err := filepath.Glob(filepath.Join(chartDir, "ci", "*-values.yaml"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 7)
	for _, file := range files {
		v, err := render.Values(file)
		require.NoError(t, err)
		all[strings.TrimSuffix(filepath.Base(file), "-values.yaml")] = v
	}
	return all
}

// one is the only object of a kind, and of a name if there is one.
func one[T any](t *testing.T, r render.Release, kind string, name ...string) T {
	t.Helper()
	var found []render.Object
	for _, o := range r.Objects {
		if o.GetKind() == kind && (len(name) == 0 || o.GetName() == name[0]) {
			found = append(found, o)
		}
	}
	require.Lenf(t, found, 1, "%s %v", kind, name)
	var out T
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(found[0].Object, &out, true))
	return out
}

// pods are the pods that an object makes: none, or one.
func pods(t *testing.T, o render.Object) []corev1.PodTemplateSpec {
	t.Helper()
	decode := func(into any) {
		require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, into, true))
	}
	switch o.GetKind() {
	case "Deployment":
		var d appsv1.Deployment
		decode(&d)
		return []corev1.PodTemplateSpec{d.Spec.Template}
	case "Job":
		var j batchv1.Job
		decode(&j)
		return []corev1.PodTemplateSpec{j.Spec.Template}
	case "Pod":
		var p corev1.Pod
		decode(&p)
		return []corev1.PodTemplateSpec{{ObjectMeta: p.ObjectMeta, Spec: p.Spec}}
	default:
		return nil
	}
}

// scaler runs the repository's own command: the one that SCALER names, or one built
// for the purpose.
func scaler(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	binary, err := built()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(cmd.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var built = sync.OnceValues(func() (string, error) {
	if binary := os.Getenv("SCALER"); binary != "" {
		return binary, nil
	}
	dir, err := os.MkdirTemp("", "scaler-chart-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "scaler")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/scaler")
	cmd.Dir, cmd.Stderr = "../..", os.Stderr
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	return binary, cmd.Run()
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if os.Getenv("SCALER") == "" {
		if binary, err := built(); err == nil {
			_ = os.RemoveAll(filepath.Dir(binary))
		}
	}
	os.Exit(code)
}
