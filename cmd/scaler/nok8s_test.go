package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// kubernetes are packages that a program for Amazon ECS has no use for.
var kubernetes = regexp.MustCompile(`(^|[./])k8s\.io/|/internal/(kube|generate)(/|$)|/internal/(sinks/externalmetrics|workload/kubernetes)(/|$)`)

// TestBuildWithoutKubernetes: the tag leaves all of it out, and nothing but it.
func TestBuildWithoutKubernetes(t *testing.T) {
	full, without := dependencies(t), dependencies(t, "-tags", "nok8s")
	require.True(t, slices.ContainsFunc(full, kubernetes.MatchString), "the rule above would miss everything")
	for _, p := range without {
		require.False(t, kubernetes.MatchString(p), "%s is in the program", p)
	}
	for _, p := range full {
		if strings.Contains(p, "scaler/internal/") && !kubernetes.MatchString(p) {
			require.Contains(t, without, p)
		}
	}
}

func dependencies(t *testing.T, flags ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"list", "-deps"}, flags, []string{"."})...).Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

// TestProgramWithoutKubernetes asks it for what it does not have.
func TestProgramWithoutKubernetes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	program := filepath.Join(t.TempDir(), "scaler")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "nok8s", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	const policy = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: eu-west-1}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  replicas: {min: 1, max: 50}
  signals: [{name: backlog, provider: aws, sqs: {queue: orders}}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
`
	const config = "---\napiVersion: scaler.dev/v1alpha1\nkind: ScalerConfig\nmetadata: {name: scaler}\nspec:\n"
	const no = ": this build has no Kubernetes: use the full image\n"
	for name, tt := range map[string]struct {
		args     []string
		document string
		code     int
		stderr   string
	}{
		"a policy":          {[]string{"validate", "-f", "-"}, policy, 0, ""},
		"the API":           {[]string{"validate", "-f", "-"}, policy + config + "  externalMetrics: {authentication: None}\n", 3, "error: spec.externalMetrics of the ScalerConfig" + no},
		"the cluster":       {[]string{"run", "-f", "-"}, policy + config + "  kubernetes: {namespace: scaler}\n", 3, "error: spec.kubernetes of the ScalerConfig" + no},
		"a Deployment":      {[]string{"doctor", "-f", "-"}, policy + "  workload: {deployment: {name: orders}}\n", 3, "error: spec.workload of policy shop/orders" + no},
		"an HPA":            {[]string{"generate", "hpa", "shop/orders", "-f", "-"}, policy, 1, "error: this build has no Kubernetes: use the full image\n"},
		"the demo":          {[]string{"demo"}, "", 1, "error: spec.externalMetrics of the ScalerConfig" + no},
		"help of a command": {[]string{"generate", "--help"}, "", 1, "this build has no Kubernetes"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), program, tt.args...)
			cmd.Stdin = strings.NewReader(tt.document)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			_ = cmd.Run() // its code is looked at
			require.Equal(t, tt.code, cmd.ProcessState.ExitCode(), stderr.String())
			require.Contains(t, stderr.String(), tt.stderr)
		})
	}
}
