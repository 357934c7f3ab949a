// Command library is an external metrics adapter that is nothing but
// sigs.k8s.io/custom-metrics-apiserver, with its own command line, authentication and
// authorization: every metric has the value 1. The benchmark compares with it.
//
// It is a module of its own because that command line needs more than Scaler does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/metrics/pkg/apis/external_metrics"
	basecmd "sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider/defaults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	adapter := &basecmd.AdapterBase{Name: "constant"}
	if err := adapter.Flags().Parse(os.Args[1:]); err != nil {
		return err
	}
	adapter.WithExternalMetrics(constant{})
	return adapter.Run(ctx)
}

type constant struct {
	defaults.DefaultExternalMetricsProvider
}

// GetExternalMetric always gives 1.
func (constant) GetExternalMetric(_ context.Context, _ string, _ labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	return &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{{
		MetricName: info.Metric,
		Timestamp:  metav1.Now(),
		Value:      *resource.NewQuantity(1, resource.DecimalSI),
	}}}, nil
}
