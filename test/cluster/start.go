package cluster

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/test/cluster/binaries"
)

// Start starts a cluster that ends with its test. If the test fails, the ends of
// the logs are shown. The test is skipped where the programs are not built, but
// fails with CI set.
func Start(t testing.TB, options Options) *Cluster {
	t.Helper()
	c, err := New(context.WithoutCancel(t.Context()), options)
	if errors.Is(err, binaries.ErrNotBuilt) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			for name := range c.processes {
				t.Logf("the end of the log of %s:\n%s", name, c.Tail(name))
			}
		}
		c.Stop()
	})
	return c
}
