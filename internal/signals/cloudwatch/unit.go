package cloudwatch

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	defaultPeriod    = time.Minute
	defaultStatistic = "Average"
)

// unit is one series that is wanted: a metric, or an expression over metrics. Its
// queries stay in one call.
type unit struct {
	key        string
	subjects   []signals.Subject
	period     time.Duration
	metrics    []metric // one, or the inputs of the expression
	expression expression
	sentinel   *metric // proves that absence is zero
	divisor    float64 // of each value
	alone      bool    // shares its call with none
	refused    bool    // CloudWatch refused it as not valid
}

// metric is a metric and statistic in a canonical form.
type metric struct {
	id   string // the user's, in an expression
	key  string
	spec v1alpha1.CloudWatchMetric
}

func newUnit(q Query) (*unit, *signals.Error) {
	u := &unit{subjects: []signals.Subject{q.Subject}, period: defaultPeriod, divisor: 1}
	switch {
	case q.ALB != nil:
		u.setALB(*q.ALB)
	case q.ECS != nil:
		u.metrics = []metric{ofService(*q.ECS)}
	case q.CloudWatch != nil:
		if failure := u.setCloudWatch(*q.CloudWatch); failure != nil {
			return nil, failure
		}
	default:
		return nil, &signals.Error{Reason: signals.Invalid, Detail: "the query is empty"}
	}
	u.key = u.canonical()
	return u, nil
}

func (u *unit) setCloudWatch(spec v1alpha1.CloudWatchSignal) *signals.Error {
	if spec.Period.Duration > 0 {
		u.period = spec.Period.Duration
	}
	if u.period%time.Second != 0 {
		return &signals.Error{Reason: signals.Invalid, Detail: "the period is not in whole seconds"}
	}
	if spec.Expression == "" {
		u.metrics = []metric{newMetric("", spec.CloudWatchMetric)}
		return nil
	}
	ids := make([]string, len(spec.Metrics))
	for i, m := range spec.Metrics {
		ids[i] = m.ID
		u.metrics = append(u.metrics, newMetric(m.ID, m.CloudWatchMetric))
	}
	var failure *signals.Error
	if u.expression, failure = parse(spec.Expression, ids); failure != nil {
		return failure
	}
	u.alone = u.expression.alone
	return nil
}

func newMetric(id string, spec v1alpha1.CloudWatchMetric) metric {
	if spec.Statistic == "" {
		spec.Statistic = defaultStatistic
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q", spec.Namespace, spec.Metric, spec.Statistic)
	if spec.AccountID != "" {
		fmt.Fprintf(&b, " of %s", spec.AccountID)
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Dimensions)) {
		fmt.Fprintf(&b, " %q=%q", name, spec.Dimensions[name])
	}
	return metric{id: id, key: b.String(), spec: spec}
}

// canonical is equal for units that ask for the same. Load balancers' units of one
// target group, which share a sentinel, lie side by side.
func (u *unit) canonical() string {
	var b strings.Builder
	if u.sentinel != nil {
		b.WriteString(u.sentinel.key)
	}
	for _, m := range u.metrics {
		fmt.Fprintf(&b, "|%s %s", m.id, m.key)
	}
	fmt.Fprintf(&b, "|%s|%s|%s", u.expression, u.period, strconv.FormatFloat(u.divisor, 'g', -1, 64))
	return b.String()
}

// query asks for a metric, of another account where it is.
func (m metric) query(period time.Duration, returned bool) types.MetricDataQuery {
	q := types.MetricDataQuery{MetricStat: m.stat(period), ReturnData: aws.Bool(returned)}
	if m.spec.AccountID != "" {
		q.AccountId = aws.String(m.spec.AccountID)
	}
	return q
}

// stat is a metric as GetMetricData asks for it.
func (m metric) stat(period time.Duration) *types.MetricStat {
	dimensions := make([]types.Dimension, 0, len(m.spec.Dimensions))
	for _, name := range slices.Sorted(maps.Keys(m.spec.Dimensions)) {
		dimensions = append(dimensions, types.Dimension{Name: aws.String(name), Value: aws.String(m.spec.Dimensions[name])})
	}
	return &types.MetricStat{
		Metric: &types.Metric{
			Namespace: aws.String(m.spec.Namespace), MetricName: aws.String(m.spec.Metric), Dimensions: dimensions,
		},
		Period: aws.Int32(int32(period / time.Second)),
		Stat:   aws.String(m.spec.Statistic),
	}
}
