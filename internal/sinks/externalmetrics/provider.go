package externalmetrics

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider/defaults"
)

var _ provider.ExternalMetricsProvider = (*boardProvider)(nil)

// boardProvider answers from boards. Its list of metrics is the library's one
// placeholder: never empty, and it never grows.
type boardProvider struct {
	defaults.DefaultExternalMetricsProvider
	boards boards
	labels map[string]string // empty; shared by all answers
}

func newProvider(bs boards) *boardProvider {
	return &boardProvider{boards: bs, labels: map[string]string{}}
}

// GetExternalMetric gives exactly one item, or an error: 404 for what no board
// has, 503 with the bare reason for what is not known. The selector does
// not change the answer.
func (p *boardProvider) GetExternalMetric(_ context.Context, namespace string, _ labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	r, ok := p.boards.read(namespace, info.Metric)
	if !ok {
		return nil, provider.NewMetricNotFoundError(external_metrics.Resource(info.Metric), info.Metric)
	}
	if r.reason != "" {
		return nil, apierrors.NewServiceUnavailable(r.reason)
	}
	return &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{{
		MetricName:   info.Metric,
		MetricLabels: p.labels,
		Timestamp:    metav1.Time{Time: time.Unix(r.at, 0)},
		Value:        quantity(r.milli),
	}}}, nil
}
