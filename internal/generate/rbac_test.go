package generate

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

func configOf(change func(*v1alpha1.ScalerConfigSpec)) *v1alpha1.ScalerConfig {
	c := &v1alpha1.ScalerConfig{Metadata: v1alpha1.ObjectMeta{Name: "scaler"}}
	c.Spec.Kubernetes = &v1alpha1.KubernetesCluster{Namespace: "scaler"}
	change(&c.Spec)
	c.Default()
	return c
}

func served(c *v1alpha1.ServingCertificate) *v1alpha1.ExternalMetricsServer {
	return &v1alpha1.ExternalMetricsServer{Service: "scaler", Certificate: c}
}

func TestRBAC(t *testing.T) {
	own := &v1alpha1.ServingCertificate{SelfManaged: &v1alpha1.SelfManagedCertificate{Secret: "scaler-tls"}}
	others := &v1alpha1.ServingCertificate{Secret: &v1alpha1.SecretReference{Name: "from-cert-manager"}}
	for name, tt := range map[string]struct {
		config   *v1alpha1.ScalerConfig
		policies []*v1alpha1.ScalingPolicy
	}{
		"nothing":   {configOf(func(*v1alpha1.ScalerConfigSpec) {}), []*v1alpha1.ScalingPolicy{policyOf(1, 2, nil)}},
		"workloads": {configOf(func(*v1alpha1.ScalerConfigSpec) {}), []*v1alpha1.ScalingPolicy{policyOf(1, 2, deployment("a")), policyOf(1, 2, statefulSet("b"))}},
		"loopback": {configOf(func(s *v1alpha1.ScalerConfigSpec) {
			s.ExternalMetrics = &v1alpha1.ExternalMetricsServer{Authentication: v1alpha1.AuthenticationNone}
		}), nil},
		"self-managed": {configOf(func(s *v1alpha1.ScalerConfigSpec) { s.ExternalMetrics = served(own) }), nil},
		"secret":       {configOf(func(s *v1alpha1.ScalerConfigSpec) { s.ExternalMetrics = served(others) }), nil},
		"force": {configOf(func(s *v1alpha1.ScalerConfigSpec) {
			s.ExternalMetrics = served(others)
			s.ExternalMetrics.APIService = &v1alpha1.APIService{Force: true}
		}), nil},
		"forward": {configOf(func(s *v1alpha1.ScalerConfigSpec) {
			s.ExternalMetrics = served(others)
			s.ExternalMetrics.Forward = &v1alpha1.Forward{Service: "keda/keda-operator-metrics-apiserver"}
		}), nil},
		"shared": {configOf(func(s *v1alpha1.ScalerConfigSpec) { s.HighAvailability = &v1alpha1.HighAvailability{} }), nil},
		"shards": {configOf(func(s *v1alpha1.ScalerConfigSpec) { s.HighAvailability = &v1alpha1.HighAvailability{Shards: 2} }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			sheet, err := RBAC(tt.config, tt.policies)
			require.NoError(t, err)
			text, err := sheet.YAML()
			require.NoError(t, err)
			testgolden.Equal(t, "testdata/rbac-"+name+".yaml", string(text))
			parts := bytes.Split(text, []byte("\n---\n"))
			require.Len(t, parts, len(sheet.Objects))
			for i, part := range parts {
				got := emptyOf(t, part)
				require.NoError(t, yaml.UnmarshalStrict(part, got))
				require.Equal(t, sheet.Objects[i].Value, got)
			}
			bound(t, sheet)
		})
	}
}

func emptyOf(t *testing.T, text []byte) any {
	t.Helper()
	var m metav1.TypeMeta
	require.NoError(t, yaml.Unmarshal(text, &m))
	switch m.Kind {
	case "ServiceAccount":
		return &corev1.ServiceAccount{}
	case "ClusterRole":
		return &rbacv1.ClusterRole{}
	case "ClusterRoleBinding":
		return &rbacv1.ClusterRoleBinding{}
	case "Role":
		return &rbacv1.Role{}
	case "RoleBinding":
		return &rbacv1.RoleBinding{}
	}
	t.Fatalf("a %s", m.Kind)
	return nil
}

// bound: every role that is made is bound, and what is bound is made or Kubernetes'
// own. Secrets, ConfigMaps and APIServices are named, but where they are made.
func bound(t *testing.T, s Sheet) {
	t.Helper()
	made, refs := []string{}, []string{}
	var rules []rbacv1.PolicyRule
	for _, o := range s.Objects {
		switch v := o.Value.(type) {
		case *rbacv1.ClusterRole:
			made, rules = append(made, v.Name), append(rules, v.Rules...)
		case *rbacv1.Role:
			made, rules = append(made, v.Name), append(rules, v.Rules...)
			require.Equal(t, "scaler", v.Namespace)
		case *rbacv1.ClusterRoleBinding:
			refs = append(refs, v.RoleRef.Name)
			require.Empty(t, validation.IsDNS1123Subdomain(v.Name))
		case *rbacv1.RoleBinding:
			refs = append(refs, v.RoleRef.Name)
		}
	}
	require.Subset(t, refs, made)
	for _, r := range refs {
		require.True(t, slices.Contains(made, r) || r == authDelegator || r == authReader, r)
	}
	for _, r := range rules {
		require.NotContains(t, r.Verbs, "*")
		require.NotContains(t, r.Verbs, "delete")
		if len(r.ResourceNames) == 0 && !slices.Equal(r.Verbs, []string{"create"}) {
			require.Contains(t, []string{"apps", metricsGroup, "discovery.k8s.io"}, r.APIGroups[0])
			require.NotContains(t, r.Verbs, "update")
		}
	}
}

func TestNoCluster(t *testing.T) {
	_, err := RBAC(&v1alpha1.ScalerConfig{}, nil)
	require.ErrorIs(t, err, ErrNoCluster)
}

func TestListOfObjects(t *testing.T) {
	sheet, err := RBAC(configOf(func(*v1alpha1.ScalerConfigSpec) {}), []*v1alpha1.ScalingPolicy{policyOf(1, 2, deployment("a"))})
	require.NoError(t, err)
	text, err := sheet.JSON()
	require.NoError(t, err)
	testgolden.Equal(t, "testdata/rbac.json", string(text))
}
