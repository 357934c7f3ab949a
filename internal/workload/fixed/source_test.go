package fixed_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/workload"
	"github.com/scaler-dev/scaler/internal/workload/fixed"
)

func TestSource(t *testing.T) {
	id := workload.ID{Name: "shop/orders"}
	s := fixed.New([]fixed.Workload{{ID: id, Spec: v1alpha1.FixedWorkload{Replicas: 4}}})
	require.Equal(t, []workload.ID{id}, s.Workloads())
	got, err := s.Observe(t.Context())
	require.NoError(t, err)
	require.Equal(t, []workload.Observation{{ID: id, Ordered: 4, Ready: 4}}, got)
}
