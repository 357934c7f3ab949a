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

// stoodStill is the reason for what is not served by a process that has yet to learn
// what happened while it did.
const stoodStill = "stood_still"

var _ provider.ExternalMetricsProvider = (*boardProvider)(nil)

// boardProvider answers from boards. Its list of metrics is the library's one
// placeholder: never empty, and it never grows.
type boardProvider struct {
	defaults.DefaultExternalMetricsProvider
	boards boards
	asleep func() bool
	labels map[string]string // empty; shared by all answers
}

func newProvider(bs boards, asleep func() bool) *boardProvider {
	if asleep == nil {
		asleep = func() bool { return false }
	}
	return &boardProvider{boards: bs, asleep: asleep, labels: map[string]string{}}
}

// GetExternalMetric gives exactly one item, or an error: 404 for what no board
// has, 503 with the bare reason for what is not known. The selector does
// not change the answer.
func (p *boardProvider) GetExternalMetric(_ context.Context, namespace string, _ labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	r, ok := p.boards.read(namespace, info.Metric)
	if !ok {
		return nil, provider.NewMetricNotFoundError(external_metrics.Resource(info.Metric), info.Metric)
	}
	if p.asleep() {
		return nil, apierrors.NewServiceUnavailable(stoodStill)
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
