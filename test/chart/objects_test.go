package chart

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	corev1 "k8s.io/api/core/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	clientgo "k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/scaler-dev/scaler/test/chart/render"
)

// TestLint is helm lint --strict: a warning is a fault.
func TestLint(t *testing.T) {
	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			result := lint.RunAll(chartDir, v, "scaler")
			require.Less(t, result.HighestSeverity, support.WarningSev, result.Messages)
		})
	}
}

// TestObjectsDecode decodes every object by the types of its API, and allows no
// field that they do not have.
func TestObjectsDecode(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgo.AddToScheme, apiregistration.AddToScheme, certmanager.AddToScheme, monitoring.AddToScheme} {
		require.NoError(t, add(scheme))
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	_, _, err := decoder.Decode([]byte("apiVersion: v1\nkind: Service\nspec: {prots: []}\n"), nil, nil)
	require.ErrorContains(t, err, "prots", "the decoder is strict")

	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			for _, o := range chartWith(t, v).Objects {
				_, _, err := decoder.Decode(o.YAML, nil, nil)
				require.NoErrorf(t, err, "%s:\n%s", o.Template, o.YAML)
			}
		})
	}
}

// clustered are the kinds without a namespace.
var clustered = []string{"APIService", "ClusterRole", "ClusterRoleBinding"}

// TestNames holds names to what the API server accepts, and to being unique.
func TestNames(t *testing.T) {
	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			r := chartWith(t, v)
			seen := map[string]bool{}
			for _, o := range r.Objects {
				id := identity(o)
				require.Falsef(t, seen[id], "%s is there twice", id)
				seen[id] = true
				require.Empty(t, nameFaults(o), id)
				require.Empty(t, metav1validation.ValidateLabels(o.GetLabels(), field.NewPath("labels")), id)
				if o.Template != "scaler/templates/extraobjects.yaml" {
					require.Equalf(t, !slices.Contains(clustered, o.GetKind()), o.GetNamespace() != "", "namespace of %s", id)
					require.Equal(t, "scaler", o.GetLabels()["app.kubernetes.io/part-of"], id)
				}
			}
		})
	}
}

func identity(o render.Object) string {
	return strings.Join([]string{o.GetKind(), o.GetNamespace(), o.GetName()}, " ")
}

func nameFaults(o render.Object) []string {
	switch o.GetKind() {
	case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
		if strings.ContainsAny(o.GetName(), "/%") {
			return []string{"not a segment of a path"}
		}
		return nil
	case "Service":
		return validation.IsDNS1035Label(o.GetName())
	default:
		return validation.IsDNS1123Subdomain(o.GetName())
	}
}

// TestReleasesCoexist shows that nothing but the APIService is of two releases, be
// they of one name in two namespaces or of two names in one.
func TestReleasesCoexist(t *testing.T) {
	long := strings.Repeat("long-name-", 5)[:48]
	for _, other := range []render.Options{{Namespace: "other"}, {Release: "other"}, {Release: long}, {Release: "with.dots"}} {
		t.Run(other.Release+"/"+other.Namespace, func(t *testing.T) {
			r, err := render.Chart(chartDir, other)
			require.NoError(t, err)
			var shared []string
			for _, a := range chartWith(t, nil).Objects {
				for _, b := range r.Objects {
					if identity(a) == identity(b) {
						shared = append(shared, a.GetKind())
					}
				}
			}
			require.Equal(t, []string{"APIService"}, shared)
			for _, o := range r.Objects {
				require.Empty(t, nameFaults(o), identity(o))
			}
		})
	}
}

// TestPodsAreRestricted checks pods as the API server does in a namespace with the
// restricted profile, and what Scaler holds itself to besides.
func TestPodsAreRestricted(t *testing.T) {
	evaluate := restricted(t)
	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			seen := 0
			for _, o := range chartWith(t, v).Objects {
				for _, pod := range pods(t, o) {
					seen++
					require.Empty(t, evaluate(pod), identity(o))
					require.Equal(t, int64(65532), *pod.Spec.SecurityContext.RunAsUser)
					require.NotNil(t, pod.Spec.AutomountServiceAccountToken)
					for _, c := range pod.Spec.Containers {
						require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, "%s: read-only root", identity(o))
						require.NotContains(t, c.Resources.Limits, corev1.ResourceCPU)
					}
				}
			}
			require.GreaterOrEqual(t, seen, 2, "the deployment and the test")
		})
	}
	t.Run("the check can fail", func(t *testing.T) {
		for _, o := range chartWith(t, values{"hostNetwork": true}).Objects {
			if o.GetKind() == "Deployment" {
				require.Contains(t, evaluate(pods(t, o)[0]), "host namespaces")
			}
		}
	})
}

// restricted makes a check that gives what the restricted profile forbids of a pod.
func restricted(t *testing.T) func(corev1.PodTemplateSpec) string {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	require.NoError(t, err)
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	return func(pod corev1.PodTemplateSpec) string {
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
		return result.ForbiddenDetail()
	}
}

// TestGolden shows what the chart's own values render.
func TestGolden(t *testing.T) {
	var got strings.Builder
	for _, o := range chartWith(t, nil).Objects {
		fmt.Fprintf(&got, "---\n# Source: %s\n%s", o.Template, o.YAML)
	}
	golden(t, filepath.Join("testdata", "defaults.yaml"), got.String())
}

// TestGoldenNotes shows the notes of an install.
func TestGoldenNotes(t *testing.T) {
	v, err := render.Values(filepath.Join(chartDir, "ci", "everything-values.yaml"))
	require.NoError(t, err)
	golden(t, filepath.Join("testdata", "notes.txt"), chartWith(t, v).Notes)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run go test -update if this is meant")
}

// TestPackage shows what is in the chart and what only the repository has.
func TestPackage(t *testing.T) {
	c, err := loader.LoadDir(chartDir)
	require.NoError(t, err)
	var files []string
	for _, f := range c.Raw {
		files = append(files, f.Name)
	}
	for _, want := range []string{"Chart.yaml", "README.md", "CHANGELOG.md", "values.schema.json", "files/dashboard.json", "files/alerts.yaml"} {
		require.Contains(t, files, want)
	}
	for _, f := range files {
		require.NotRegexp(t, `^ci/|\.gotmpl$|_test\.go$`, f)
	}
	require.Contains(t, c.Metadata.Annotations["artifacthub.io/images"], "ghcr.io/scaler-dev/scaler:"+c.Metadata.AppVersion)
}
