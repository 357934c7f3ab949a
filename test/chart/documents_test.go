package chart

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/scaler-dev/scaler/test/chart/render"
)

// TestDocumentsAreValid gives the ConfigMap's documents, with the environment that
// the pod would have, to scaler validate.
func TestDocumentsAreValid(t *testing.T) {
	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			r := chartWith(t, v)
			out, err := scaler(t, environment(container(t, r)), "validate", "-f", documents(t, r))
			require.NoError(t, err, out)
			require.Contains(t, out, "valid")
		})
	}
	t.Run("the check can fail", func(t *testing.T) {
		r := chartWith(t, values{"config": values{"policies": []any{
			values{"metadata": values{"name": "orders"}, "spec": values{"replicas": values{"min": 3, "max": 1}, "demand": []any{values{"name": "a"}}}},
		}}})
		out, err := scaler(t, environment(container(t, r)), "validate", "-f", documents(t, r))
		require.Error(t, err)
		require.Contains(t, out, "policies.yaml")
	})
}

// container is that of the deployment.
func container(t *testing.T, r render.Release) corev1.Container {
	t.Helper()
	all := one[appsv1.Deployment](t, r, "Deployment").Spec.Template.Spec.Containers
	require.Len(t, all, 1)
	return all[0]
}

// documents lays the deployment's ConfigMap out as it is mounted.
func documents(t *testing.T, r render.Release) string {
	t.Helper()
	volume := one[appsv1.Deployment](t, r, "Deployment").Spec.Template.Spec.Volumes[0]
	dir := t.TempDir()
	for name, text := range one[corev1.ConfigMap](t, r, "ConfigMap", volume.ConfigMap.Name).Data {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// environment is a container's; what the cluster fills in is made up.
func environment(c corev1.Container) []string {
	var env []string
	for _, e := range c.Env {
		value := e.Value
		switch {
		case e.ValueFrom == nil:
		case e.ValueFrom.FieldRef != nil && e.ValueFrom.FieldRef.FieldPath == "status.podIP":
			value = "10.0.0.7"
		default:
			value = "made-up"
		}
		env = append(env, e.Name+"="+value)
	}
	return env
}

// spec reads the ScalerConfig's.
func spec(t *testing.T, r render.Release) values {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(documents(t, r), "scaler.yaml"))
	require.NoError(t, err)
	var document struct{ Spec values }
	require.NoError(t, yaml.UnmarshalStrict(data, &struct {
		APIVersion, Kind string
		Metadata         values
		Spec             *values
	}{Spec: &document.Spec}))
	return document.Spec
}

// TestScalerConfig shows what of the values becomes what of the ScalerConfig.
func TestScalerConfig(t *testing.T) {
	for name, c := range map[string]struct {
		set  values
		path []string
		want any
	}{
		"ops listens for probes":      {path: []string{"ops", "listen"}, want: ":8080"},
		"the API listens":             {set: values{"externalMetrics": values{"port": 10250}}, path: []string{"externalMetrics", "listen"}, want: ":10250"},
		"authentication":              {path: []string{"externalMetrics", "authentication"}, want: "Cluster"},
		"own certificate":             {path: []string{"externalMetrics", "certificate", "selfManaged", "secret"}, want: "scaler-serving"},
		"cert-manager's":              {set: values{"tls": values{"mode": "certManager"}}, path: []string{"externalMetrics", "certificate", "secret", "name"}, want: "scaler-serving"},
		"not forced":                  {path: []string{"externalMetrics", "apiService"}},
		"forced":                      {set: values{"apiService": values{"force": true}}, path: []string{"externalMetrics", "apiService", "force"}, want: true},
		"not forwarded":               {path: []string{"externalMetrics", "forward"}},
		"namespace":                   {set: values{"namespaceOverride": "here"}, path: []string{"kubernetes", "namespace"}, want: "here"},
		"lease":                       {set: values{"fullnameOverride": "mine"}, path: []string{"highAvailability", "lease"}, want: "mine"},
		"alone":                       {set: values{"replicas": 1, "highAvailability": values{"enabled": false}}, path: []string{"highAvailability"}},
		"advertises the pod":          {path: []string{"highAvailability", "advertise"}, want: "${env:POD_IP}"},
		"left to the user":            {set: values{"config": values{"spec": values{"tick": "5s"}}}, path: []string{"tick"}, want: "5s"},
		"large numbers stay as whole": {set: values{"config": values{"spec": values{"maxConcurrentPolls": 1000}}}, path: []string{"maxConcurrentPolls"}, want: 1000.0},
	} {
		t.Run(name, func(t *testing.T) {
			var got any = spec(t, chartWith(t, c.set))
			for _, key := range c.path {
				got = got.(values)[key]
			}
			require.Equal(t, c.want, got)
		})
	}
}

// TestRestarts shows which changes roll the pods: those that a process reads only
// when it starts.
func TestRestarts(t *testing.T) {
	sum := func(v values) string {
		return one[appsv1.Deployment](t, chartWith(t, v), "Deployment").Spec.Template.Annotations["checksum/restart"]
	}
	before := sum(nil)
	policy := values{"metadata": values{"name": "a"}, "spec": values{"replicas": values{}, "demand": []any{}}}
	for name, c := range map[string]struct {
		set      values
		restarts bool
	}{
		"a policy":    {set: values{"config": values{"policies": []any{policy}}}},
		"the tick":    {set: values{"config": values{"spec": values{"tick": "5s", "stdout": values{}}}}},
		"a port":      {set: values{"ops": values{"port": 8081}}, restarts: true},
		"shards":      {set: values{"highAvailability": values{"shards": 2}}, restarts: true},
		"certificate": {set: values{"tls": values{"mode": "certManager"}}, restarts: true},
		"polls":       {set: values{"config": values{"spec": values{"maxConcurrentPolls": 7}}}, restarts: true},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.restarts, sum(c.set) != before) })
	}
}

// TestSchemaFollowsDocuments holds what the values' schema says of documents to
// what scaler schema says.
func TestSchemaFollowsDocuments(t *testing.T) {
	out, err := scaler(t, nil, "schema")
	require.NoError(t, err)
	var documents struct {
		Defs map[string]struct{ Properties values } `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &documents))
	fields := func(kind string) []string { return slices.Sorted(maps.Keys(documents.Defs[kind+"Spec"].Properties)) }

	for kind, definition := range map[string]string{"SignalProvider": "provider", "ScalingPolicy": "policy"} {
		ours := dig(t, valuesSchema(t), "definitions", definition, "properties", "spec", "properties")
		require.Equal(t, fields(kind), slices.Sorted(maps.Keys(ours)), kind)
	}
	users := dig(t, valuesSchema(t), "properties", "config", "properties", "spec", "properties")
	all := slices.Concat(slices.Collect(maps.Keys(users)), slices.Collect(maps.Keys(spec(t, chartWith(t, nil)))))
	slices.Sort(all)
	require.Equal(t, fields("ScalerConfig"), all, "each field is the chart's or the user's")
}

func dig(t *testing.T, v values, path ...string) values {
	t.Helper()
	for _, key := range path {
		next, ok := v[key].(values)
		require.Truef(t, ok, "%v: %s", path, key)
		v = next
	}
	return v
}
