package nearest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/nearest"
)

func TestName(t *testing.T) {
	t.Parallel()
	among := []string{"backlog", "aws", "p95", "p99", "x", strings.Repeat("l", 70)}
	for name, want := range map[string]string{
		"backlgo": "backlog", "Backlog": "backlog", "awz": "aws", "p9": "p95", // the first of those as near
		"": "", "y": "", "traffic": "", "back": "", strings.Repeat("l", 69): "",
	} {
		require.Equal(t, want, nearest.Name(name, among), name)
	}
	require.Equal(t, "did you mean aws? ", nearest.Hint("awz", among))
	require.Empty(t, nearest.Hint("zebra", among))
}
