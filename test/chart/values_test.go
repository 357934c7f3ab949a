package chart

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/scaler-dev/scaler/test/chart/render"
)

// TestBadValues shows that what cannot be meant is refused, by name.
func TestBadValues(t *testing.T) {
	policy := func(of values) values {
		return values{"config": values{"policies": []any{of}}}
	}
	for name, c := range map[string]struct {
		set  values
		want string
	}{
		"a misspelt value":              {values{"replicaCount": 3}, "replicaCount"},
		"a misspelt value of a group":   {values{"image": values{"repo": "x"}}, "repo"},
		"no number":                     {values{"replicas": "two"}, "/replicas"},
		"too many":                      {values{"replicas": 64}, "/replicas"},
		"two without leader":            {values{"highAvailability": values{"enabled": false}}, "needs highAvailability.enabled"},
		"too many shards":               {values{"highAvailability": values{"shards": 33}}, "/shards"},
		"no such mode":                  {values{"tls": values{"mode": "insecure"}}, "/tls/mode"},
		"a port that needs privileges":  {values{"externalMetrics": values{"port": 443}}, "/externalMetrics/port"},
		"a port twice":                  {values{"ops": values{"port": 9443}}, "is the port of"},
		"a digest without algorithm":    {values{"image": values{"digest": "abc"}}, "/image/digest"},
		"no duration":                   {values{"tls": values{"self": values{"validFor": "90 days"}}}, "/validFor"},
		"a drain longer than the end":   {values{"externalMetrics": values{"drainFor": "40s"}}, "/drainFor"},
		"an end shorter than the drain": {values{"terminationGracePeriodSeconds": 5}, "/terminationGracePeriodSeconds"},
		"forward without namespace":     {values{"externalMetrics": values{"forward": values{"service": "keda"}}}, "/forward/service"},
		"forward without authority":     {values{"externalMetrics": values{"forward": values{"service": "keda/keda"}}}, "forward.caBundle: is required"},
		"forward with a bad authority":  {values{"externalMetrics": values{"forward": values{"service": "keda/keda", "caBundle": "LS0t"}}}, "/caBundle"},
		"a role that is none":           {values{"aws": values{"roleARN": "scaler"}}, "/roleARN"},
		"a label that is no text":       {values{"commonLabels": values{"a": 1}}, "/commonLabels"},
		"a name that is no label":       {values{"fullnameOverride": "Scaler_1"}, "/fullnameOverride"},
		"a name too long for Leases":    {values{"fullnameOverride": strings.Repeat("a", 51)}, "/fullnameOverride"},
		"a field the chart writes":      {values{"config": values{"spec": values{"ops": values{}}}}, "ops"},
		"a document of another kind":    {policy(values{"kind": "SignalProvider", "metadata": values{"name": "a"}, "spec": values{"replicas": values{}, "demand": []any{}}}), "/kind"},
		"a document without a name":     {policy(values{"spec": values{"replicas": values{}, "demand": []any{}}}), "metadata"},
		"a misspelt field of a policy":  {policy(values{"metadata": values{"name": "a"}, "spec": values{"replicas": values{}, "demands": []any{}}}), "demands"},
		"a file for a ConfigMap":        {values{"config": values{"existingConfigMaps": []any{"a/b"}}}, "/existingConfigMaps"},
		"both monitors":                 {values{"metrics": values{"serviceMonitor": values{"enabled": true}, "podMonitor": values{"enabled": true}}}, "every metric would be there twice"},
		"a memory limit like no other":  {values{"resources": values{"limits": values{"memory": "much"}}}, "resources.limits.memory"},
		"forced without own authority":  {values{"apiService": values{"force": true}, "tls": values{"mode": "certManager"}}, "needs tls.mode self"},
		"a metric without namespace":    {values{"tests": values{"metric": "orders"}}, "/tests/metric"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := render.Chart(chartDir, render.Options{Values: c.set})
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestMemoryLimit shows GOMEMLIMIT: 90 % of the limit, in bytes.
func TestMemoryLimit(t *testing.T) {
	for limit, want := range map[any]string{
		"512Mi": "483183820", "1Gi": "966367641", "1.5Gi": "1449551462", "500M": "450000000", "1e9": "900000000",
		1000000000: "900000000", "2Ti": "1979120929996", "64k": "57600", nil: "",
	} {
		env := environment(container(t, chartWith(t, values{"resources": values{"limits": values{"memory": limit}}})))
		i := slices.IndexFunc(env, func(e string) bool { return strings.HasPrefix(e, "GOMEMLIMIT=") })
		if want == "" {
			require.Negative(t, i)
			continue
		}
		require.Equal(t, "GOMEMLIMIT="+want, env[i], limit)
	}
}

func valuesSchema(t *testing.T) values {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(chartDir, "values.schema.json"))
	require.NoError(t, err)
	var schema values
	require.NoError(t, json.Unmarshal(data, &schema))
	return schema
}

// TestSchemaIsComplete shows that the schema and values.yaml know the same values,
// and that no group of ours lets others in.
func TestSchemaIsComplete(t *testing.T) {
	own, err := render.Values(filepath.Join(chartDir, "values.yaml"))
	require.NoError(t, err)
	schema := valuesSchema(t)
	delete(schema["properties"].(values), "global") // Helm's own
	compare(t, "", schema, schema, own)
}

func compare(t *testing.T, at string, root, schema, own values) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = dig(t, root, "definitions", strings.TrimPrefix(ref, "#/definitions/"))
	}
	properties, ok := schema["properties"].(values)
	if !ok || strings.HasPrefix(at, "/probes/") {
		return // left to Kubernetes
	}
	require.Equal(t, false, schema["additionalProperties"], at)
	if at == "/config/spec" || at == "/tls/certManager/issuerRef" {
		return // empty by default
	}
	require.Equal(t, slices.Sorted(maps.Keys(properties)), slices.Sorted(maps.Keys(own)), "values of %s/", at)
	for name, value := range own {
		if group, ok := value.(values); ok {
			compare(t, at+"/"+name, root, properties[name].(values), group)
		}
	}
}

// TestReadme holds README.md to what helm-docs makes of README.md.gotmpl and the
// comments of values.yaml.
func TestReadme(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "tool", "helm-docs", "-c", chartDir, "--skip-version-footer", "--log-level", "warning", "--dry-run")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	want := strings.TrimSpace(string(out)) + "\n"
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(chartDir, "README.md"), []byte(want), 0o644))
	}
	got, err := os.ReadFile(filepath.Join(chartDir, "README.md"))
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run go test -update")
	require.NotRegexp(t, `(?m)^\|[^|]*\|[^|]*\|[^|]*\| *\|$`, want, "every value is explained")
}

// TestReadmeExample renders the values that the README shows.
func TestReadmeExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(chartDir, "README.md"))
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		var v values
		require.NoError(t, yaml.UnmarshalStrict([]byte(block[1]), &v))
		r := chartWith(t, v)
		out, err := scaler(t, environment(container(t, r)), "validate", "-f", documents(t, r))
		require.NoError(t, err, out)
	}
}
