package cloudwatch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// TestAccounts: metrics that differ by account alone are asked for apart, in one
// call, and each signal gets its own.
func TestAccounts(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = constant(func(q testaws.Query) float64 {
		return map[string]float64{"": 1, "111122223333": 2, "444455556666": 3}[q.Account]
	})
	of := func(name, account string) cloudwatch.Query {
		q := metric("Sent")
		q.CloudWatch.AccountID, q.Subject.Query = account, name
		return q
	}
	queries := []cloudwatch.Query{of("own", ""), of("a", "111122223333"), of("a again", "111122223333"), of("b", "444455556666")}
	inner := expression("m1 + 1", "m1")
	inner.CloudWatch.Metrics[0].AccountID = "444455556666"
	inner.CloudWatch.Metrics[0].Metric = "Sent"
	alone := expression("SUM(METRICS())", "m1")
	alone.CloudWatch.Metrics[0].AccountID = "111122223333"

	got := fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), append(queries, inner, alone)))
	for i, value := range []float64{1, 2, 2, 3} {
		require.Equal(t, sample(queries[i], end, value), got[queries[i].Subject.Query])
	}
	asked := map[int][]string{}
	for _, read := range c.Reads() {
		for _, q := range read.Queries {
			if q.Expression != "" {
				require.Empty(t, q.Account, "it is the metrics that are of an account")
				continue
			}
			asked[len(read.Queries)] = append(asked[len(read.Queries)], q.Account)
		}
	}
	require.Len(t, asked, 2, "calls")
	require.ElementsMatch(t, []string{"", "111122223333", "444455556666"}, asked[4], "each metric once")
	require.Equal(t, []string{"111122223333"}, asked[2])
}
