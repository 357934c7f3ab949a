package chart

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/scaler-dev/scaler/test/chart/render"
)

// access is what a rule lets one do.
type access struct{ group, resource, name, verb string }

// allowed are the rights of Scaler's service account by a role's rules; a name of *
// is any.
func allowed(rules []rbac.PolicyRule) []access {
	var all []access
	for _, r := range rules {
		names := r.ResourceNames
		if len(names) == 0 {
			names = []string{"*"}
		}
		for _, group := range r.APIGroups {
			for _, resource := range r.Resources {
				for _, name := range names {
					for _, verb := range r.Verbs {
						all = append(all, access{group, resource, name, verb})
					}
				}
			}
		}
	}
	return all
}

func rights(t *testing.T, r render.Release, name string) (namespaced, cluster []access) {
	t.Helper()
	return allowed(one[rbac.Role](t, r, "Role", name).Rules), allowed(one[rbac.ClusterRole](t, r, "ClusterRole", "scaler:"+name).Rules)
}

// TestRightsAreLeast shows every right that is not by name, and that none goes
// further than it has to.
func TestRightsAreLeast(t *testing.T) {
	certificate := access{"", "secrets", "scaler-serving", "update"}
	apiService := access{"apiregistration.k8s.io", "apiservices", apiServiceName, "patch"}
	forward := access{"external.metrics.k8s.io", "*", "*", "list"}
	workloads := access{"apps", "deployments", "*", "watch"}
	peers := access{"", "secrets", "scaler-peers", "get"}
	for name, c := range map[string]struct {
		set        values
		has, lacks []access
	}{
		"defaults":     {has: []access{certificate, apiService, workloads, peers}, lacks: []access{forward}},
		"cert-manager": {set: values{"tls": values{"mode": "certManager"}}, lacks: []access{certificate, apiService}},
		"forced":       {set: values{"apiService": values{"force": true}}, has: []access{apiService}},
		"forwarding": {
			set: values{"externalMetrics": values{"forward": values{"service": "keda/keda", "insecureSkipTLSVerify": true}}},
			has: []access{forward},
		},
		"no workloads": {set: values{"rbac": values{"workloads": false}}, lacks: []access{workloads}},
		"alone": {
			set:   values{"replicas": 1, "highAvailability": values{"enabled": false}, "tls": values{"mode": "certManager"}},
			lacks: []access{peers, {"", "secrets", "*", "create"}, {"coordination.k8s.io", "leases", "*", "create"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespaced, cluster := rights(t, chartWith(t, c.set), "scaler")
			all := slices.Concat(namespaced, cluster)
			for _, right := range c.has {
				require.Contains(t, all, right)
			}
			for _, right := range c.lacks {
				require.NotContains(t, all, right)
			}
			for _, right := range all {
				require.NotEqual(t, "*", right.verb)
				if right.name == "*" {
					require.Contains(t, []string{"create", "get", "list", "watch"}, right.verb, right)
				}
			}
			for _, right := range namespaced {
				require.Truef(t, right.name != "*" || right.verb == "create" || right.resource == "endpointslices", "%v: only creating, and a list, cannot be limited to names", right)
			}
			for _, right := range cluster {
				require.NotContains(t, []string{"secrets", "configmaps", "leases", "pods"}, right.resource)
				require.NotEqual(t, "create", right.verb)
			}
		})
	}
}

// TestRightsAreGenerated holds the chart's roles to what scaler generate rbac prints
// for the chart's documents. Only workloads may be granted before a policy has one.
func TestRightsAreGenerated(t *testing.T) {
	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			r := chartWith(t, v)
			out, err := scaler(t, environment(container(t, r)), "generate", "rbac", "-f", documents(t, r))
			require.NoError(t, err, out)
			chart := withoutExtra(granted(t, r.Objects), v)
			printed, err := render.Objects("generate rbac", out)
			require.NoError(t, err)
			want := granted(t, printed)
			require.NotEmpty(t, want)
			for _, right := range want {
				require.Contains(t, chart, right)
			}
			for _, right := range chart {
				if right.group != "apps" {
					require.Contains(t, want, right, "nothing needs it")
				}
			}
		})
	}
}

// granted are all rights of roles that are not people's.
func granted(t *testing.T, objects []render.Object) []access {
	t.Helper()
	var all []access
	for _, o := range objects {
		people := o.GetLabels()["rbac.authorization.k8s.io/aggregate-to-view"] != "" || strings.HasSuffix(o.GetName(), ":view")
		if (o.GetKind() != "Role" && o.GetKind() != "ClusterRole") || people || o.Hook() {
			continue
		}
		var role rbac.ClusterRole
		require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &role))
		all = append(all, allowed(role.Rules)...)
	}
	return all
}

// withoutExtra leaves out what the values add themselves, and the reading of external
// metrics, which generate rbac grants by the role of people.
func withoutExtra(all []access, v values) []access {
	return slices.DeleteFunc(all, func(a access) bool {
		group, _ := v["rbac"].(values)
		return group["extraRules"] != nil && a.group == "autoscaling" || a.group == "external.metrics.k8s.io"
	})
}

// TestRightsOfShards shows the Leases and the saved state of each shard by name.
func TestRightsOfShards(t *testing.T) {
	for shards, leases := range map[int][]string{1: {"scaler"}, 3: {"scaler-0", "scaler-1", "scaler-2"}} {
		namespaced, _ := rights(t, chartWith(t, values{"highAvailability": values{"shards": shards}}), "scaler")
		var got, saved []string
		for _, right := range namespaced {
			switch {
			case right.verb == "update" && right.resource == "leases":
				got = append(got, right.name)
			case right.verb == "update" && right.resource == "configmaps":
				saved = append(saved, right.name)
			}
		}
		require.Equal(t, leases, got)
		require.Len(t, saved, 32*shards)
		require.Contains(t, saved, "scaler-state-"+strconv.Itoa(shards-1)+"-31")
	}
}

// TestSubjectsAreBound shows that every binding leads to a role that is there, and
// binds nobody else.
func TestSubjectsAreBound(t *testing.T) {
	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			r := chartWith(t, v)
			builtIn := []string{"system:auth-delegator", "extension-apiserver-authentication-reader"}
			var roles []string
			for _, o := range r.Objects {
				if o.GetKind() == "Role" || o.GetKind() == "ClusterRole" {
					roles = append(roles, o.GetName())
				}
			}
			bound := 0
			for _, o := range r.Objects {
				if !strings.HasSuffix(o.GetKind(), "RoleBinding") && o.GetKind() != "ClusterRoleBinding" {
					continue
				}
				bound++
				ref := o.Object["roleRef"].(values)["name"].(string)
				require.Contains(t, slices.Concat(roles, builtIn), ref)
				for _, s := range o.Object["subjects"].([]any) {
					name := s.(values)["name"].(string)
					hook := o.Hook()
					switch {
					case strings.HasSuffix(ref, ":view"):
						require.Equal(t, "horizontal-pod-autoscaler", name)
					case hook:
						require.Equal(t, "scaler-all-test", name)
					default:
						deployment := one[values](t, r, "Deployment")
						account := dig(t, deployment, "spec", "template", "spec")["serviceAccountName"]
						require.Equal(t, account, name)
					}
				}
			}
			require.GreaterOrEqual(t, bound, 4)
		})
	}
}
