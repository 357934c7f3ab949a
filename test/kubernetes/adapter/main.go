// The adapter is another one than Scaler that serves external metrics, made of the
// library as they are: fixed numbers, listed by name.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

// numbers has, by metric, the values and their labels.
type numbers map[string][]number

type number struct {
	labels labels.Set
	value  string
}

var served = numbers{
	"my-external-metric":    {{labels.Set{"foo": "bar"}, "42"}, {labels.Set{"foo": "baz"}, "43"}},
	"other-external-metric": {{nil, "44"}},
}

func (n numbers) GetExternalMetric(_ context.Context, _ string, selector labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	list := &external_metrics.ExternalMetricValueList{}
	for _, of := range n[info.Metric] {
		if selector.Matches(of.labels) {
			list.Items = append(list.Items, external_metrics.ExternalMetricValue{
				MetricName: info.Metric, MetricLabels: of.labels, Timestamp: metav1.Now(), Value: resource.MustParse(of.value),
			})
		}
	}
	if list.Items == nil {
		return nil, provider.NewMetricNotFoundError(external_metrics.Resource(info.Metric), info.Metric)
	}
	return list, nil
}

func (n numbers) ListAllExternalMetrics() []provider.ExternalMetricInfo {
	var all []provider.ExternalMetricInfo
	for name := range n {
		all = append(all, provider.ExternalMetricInfo{Metric: name})
	}
	return all
}

func main() {
	adapter := &cmd.AdapterBase{Name: "adapter"}
	if err := adapter.Flags().Parse(os.Args); err != nil {
		log.Fatal(err)
	}
	adapter.WithExternalMetrics(served)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := adapter.Run(ctx); err != nil {
		log.Print(err)
	}
}
