package explain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
)

func TestTermsAreToldInTheirOrder(t *testing.T) {
	p := policy.Proposal{
		State: policy.Proposed, MayLower: true, Signal: "requests", Value: 1510, Divisor: 150, Replicas: 13,
		Terms: []policy.Term{
			{Name: "level", Value: 1500, Unit: "/s", Note: "the mean of the last minute"},
			{Name: "margin", Value: 1.25, Unit: "×", Learned: true, Sure: 0.4},
			{Name: "capacity", Value: 150, Unit: "/s a replica"},
		},
	}
	require.Equal(t, "requests 1,510: level 1,500/s (the mean of the last minute), margin ×1.25 (learned, 40 % sure), "+
		"capacity 150/s a replica → 13", proposal(p))
	require.Equal(t, "requests 1,510: level 1,500/s, margin ×1.25, capacity 150/s a replica → 13", arithmetic(p, brief))
}
