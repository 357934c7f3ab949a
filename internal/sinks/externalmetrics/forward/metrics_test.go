package forward

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

func TestMetrics(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	NewMetrics(reg)
	faults, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	require.Empty(t, faults)
	n, err := testutil.GatherAndCount(reg, "scaler_forward_requests_total")
	require.NoError(t, err)
	require.Equal(t, len(results()), n, "every result shows before it happens")
}
