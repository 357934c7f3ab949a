package awsx_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/testaws"
)

func TestMetricsRequested(t *testing.T) {
	metric := types.MetricDataQuery{MetricStat: &types.MetricStat{}}
	expression := types.MetricDataQuery{Expression: aws.String("a/b")}
	require.Equal(t, 2, awsx.MetricsRequested([]types.MetricDataQuery{metric, metric, expression}))
	require.Equal(t, 1, awsx.MetricsRequested([]types.MetricDataQuery{expression}), "a search asks for one at least")
}

func TestObserversAreToldOfWhatIsSent(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Fail = func(operation string) (int, string) {
		if operation == "PutMetricData" {
			return 500, "InternalServiceFault"
		}
		return 0, ""
	}
	var told []awsx.Call
	p, err := awsx.New(t.Context(), c.Provider(""), func(c awsx.Call) { told = append(told, c) })
	require.NoError(t, err)
	t.Cleanup(p.Close)

	in := metricInput("a")
	in.MetricDataQueries = append(in.MetricDataQueries, metricStat("b"), metricStat("c"))
	_, err = p.CloudWatch().GetMetricData(t.Context(), in)
	require.NoError(t, err)
	_, err = p.CloudWatchPublisher().PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{
		Namespace: aws.String("Scaler"), MetricData: []types.MetricDatum{{MetricName: aws.String("a")}},
	})
	require.Error(t, err)
	put := awsx.Call{Service: awsx.ServiceCloudWatch, Operation: "PutMetricData", Metrics: 1}
	require.Equal(t, []awsx.Call{{Service: awsx.ServiceCloudWatch, Operation: "GetMetricData", Metrics: 2}, put, put}, told,
		"the second attempt is a call too")
	require.Equal(t, 2, c.Calls("PutMetricData"))
}

// TestWhatIsNotSentIsNotTold: without credentials nothing goes over the network.
func TestWhatIsNotSentIsNotTold(t *testing.T) {
	s := testaws.Serve(t, answer(200, queueAnswer))
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	p, err := awsx.New(t.Context(), s.Provider(""), func(awsx.Call) { t.Error("told of a call") })
	require.NoError(t, err)
	t.Cleanup(p.Close)
	require.NotNil(t, queueURL(t.Context(), p))
	require.Zero(t, s.Total())
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	told := awsx.NewMetrics(reg).Observer("aws")
	told(awsx.Call{Service: awsx.ServiceCloudWatch, Operation: "GetMetricData", Metrics: 50})
	told(awsx.Call{Service: awsx.ServiceCloudWatch, Operation: "GetMetricData", Metrics: 50})
	told(awsx.Call{Service: awsx.ServiceCloudWatch, Operation: "PutMetricData", Metrics: 7})
	require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP scaler_aws_calls_total Calls sent to AWS, second attempts included, by provider, service and operation.
# TYPE scaler_aws_calls_total counter
scaler_aws_calls_total{operation="GetMetricData",provider="aws",service="CloudWatch"} 2
scaler_aws_calls_total{operation="PutMetricData",provider="aws",service="CloudWatch"} 1
# HELP scaler_aws_metrics_requested_total Metrics requested by GetMetricData, which CloudWatch bills by, by provider.
# TYPE scaler_aws_metrics_requested_total counter
scaler_aws_metrics_requested_total{provider="aws"} 100
`)))
}

func metricStat(id string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: aws.String("N"), MetricName: &id}, Period: aws.Int32(60), Stat: aws.String("Sum"),
	}}
}
