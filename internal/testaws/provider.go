package testaws

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
)

// NewProvider makes a provider that is closed with its test.
func NewProvider(t testing.TB, spec v1alpha1.AWSProvider) *awsx.Provider {
	t.Helper()
	p, err := awsx.New(t.Context(), spec)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}
