//go:build e2e

package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestASmallRun says nothing about speed.
func TestASmallRun(t *testing.T) {
	var out, progress bytes.Buffer
	code := command(t.Context(), []string{"-n", "20", "-pairs", "1", "-sync", "5s", "-window", "10s", "-min-share", "0", "-max-ratio", "1e9"}, &out, &progress)
	require.Equal(t, 0, code, "%s\n%s", &progress, &out)
	require.Contains(t, out.String(), "20 policies")
	require.Contains(t, out.String(), "times the constant's")
	t.Logf("\n%s", &out)
}
