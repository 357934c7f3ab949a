package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// TestMoto reads over JSON what another client has put.
func TestMoto(t *testing.T) {
	m := testaws.Start(t)
	now := time.Now().UTC()
	period := now.Truncate(time.Minute).Add(-2 * time.Minute)
	for _, value := range []string{"30", "12"} {
		m.CLI(t, "cloudwatch", "put-metric-data", "--namespace", "Shop", "--metric-name", "ReadByTest", "--value", value,
			"--timestamp", period.Add(5*time.Second).Format(time.RFC3339), "--dimensions", "a=1,b=2")
	}
	q, none := metric("ReadByTest"), metric("NeverPut")
	s := cloudwatch.New(testaws.NewProvider(t, m.Provider()), []cloudwatch.Query{q, none})
	got, err := s.Fetch(t.Context(), signals.Window{To: now})
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, none.Subject, got[0].Subject)
	require.Equal(t, signals.Absent, got[0].Err.Reason)
	require.Nil(t, got[1].Err)
	require.Equal(t, []signals.Sample{{At: period.Add(time.Minute), Value: 42}}, got[1].Samples)
}
