package v1alpha1

// SignalKind says how a signal's value depends on the number of replicas.
type SignalKind string

// The kinds of signals.
const (
	// KindTotal falls to each replica's share when replicas are added: backlog,
	// requests per second.
	KindTotal SignalKind = "Total"
	// KindPerReplica is an average or a level already: latency, utilisation,
	// requests per target.
	KindPerReplica SignalKind = "PerReplica"
)

// AbsentRule says what an answer without a datapoint means.
type AbsentRule string

// The rules for absent datapoints.
const (
	// AbsentUnknown is the default: nothing is known.
	AbsentUnknown AbsentRule = "Unknown"
	// AbsentZero takes absence for zero, but only while a sentinel in the same
	// answer is fresh.
	AbsentZero AbsentRule = "Zero"
)

// Signal is one named number over time, read from a provider.
type Signal struct {
	// Name is a DNS label, unique in its policy.
	Name string `json:"name"`
	// Provider is the name of a SignalProvider.
	Provider string `json:"provider"`

	SignalSource `json:",inline" union:"one of sqs, cloudWatch, alb, ecs, prometheus, http, scrape, trace"`

	// Kind is Total or PerReplica. sqs, alb and ecs know their own.
	Kind SignalKind `json:"kind,omitempty"`
	// Interval between two reads; the default depends on the source.
	Interval Duration `json:"interval,omitzero"`
	// FreshFor is the age up to which a sample may lower replicas; the default
	// depends on the source.
	FreshFor Duration `json:"freshFor,omitzero"`
	// HoldFor is the age up to which a sample may be used at all; the default
	// depends on the source.
	HoldFor Duration `json:"holdFor,omitzero"`
	// Absent is Unknown (the default) or Zero.
	Absent AbsentRule `json:"absent,omitempty"`
	// Range bounds what is believed; a value outside is Invalid.
	Range *ValueRange `json:"range,omitempty"`
}

// ValueRange bounds what is believed of a signal.
type ValueRange struct {
	// Min defaults to 0.
	Min *Number `json:"min,omitempty"`
	// Max defaults to 9.2e15, the largest value that the HPA can read.
	Max *Number `json:"max,omitempty"`
}

// SignalSource is where a signal is read. Exactly one member is set.
type SignalSource struct {
	// SQS counts messages of a queue.
	SQS *SQSSignal `json:"sqs,omitempty"`
	// CloudWatch is any metric or metric-math query.
	CloudWatch *CloudWatchSignal `json:"cloudWatch,omitempty" union:"one of metric, expression"`
	// ALB is traffic of an Application Load Balancer's target group.
	ALB *ALBSignal `json:"alb,omitempty"`
	// ECS is a share of what the tasks of a service of Amazon ECS reserve.
	ECS *ECSSignal `json:"ecs,omitempty"`
	// Prometheus is a PromQL query.
	Prometheus *PrometheusSignal `json:"prometheus,omitempty"`
	// HTTP is a number in a JSON answer.
	HTTP *HTTPSignal `json:"http,omitempty"`
	// Scrape is a number on a page of metrics that an HTTP provider serves.
	Scrape *ScrapeSignal `json:"scrape,omitempty"`
	// Trace is the provider's recorded series.
	Trace *TraceSignal `json:"trace,omitempty"`
}

// SQSCount is a count of messages that SQS keeps for a queue.
type SQSCount string

// The counts of a queue.
const (
	// CountVisible are messages that wait.
	CountVisible SQSCount = "Visible"
	// CountNotVisible are messages in flight.
	CountNotVisible SQSCount = "NotVisible"
	// CountDelayed are messages not yet to be delivered.
	CountDelayed SQSCount = "Delayed"
)

// SQSSignal counts messages of a queue.
type SQSSignal struct {
	// Queue is the queue's name, or its URL at the provider's endpoint.
	Queue string `json:"queue"`
	// Count is what to add up: Visible (the default), NotVisible, Delayed.
	Count []SQSCount `json:"count,omitempty"`
}

// CloudWatchSignal is a metric, or a metric-math expression over metrics.
// Either metric or expression is set.
type CloudWatchSignal struct {
	CloudWatchMetric `json:",inline"`
	// Expression is metric math over the ids of Metrics.
	Expression string `json:"expression,omitempty"`
	// Metrics are what Expression refers to.
	Metrics []NamedCloudWatchMetric `json:"metrics,omitempty"`
	// Period of the datapoints: 60s (the default), 1s, 5s, 10s, 20s, 30s or a
	// multiple of 60s.
	Period Duration `json:"period,omitzero"`
}

// CloudWatchMetric is one metric and statistic.
type CloudWatchMetric struct {
	// Namespace, as in AWS/ApplicationELB.
	Namespace string `json:"namespace,omitempty"`
	// Metric is the metric's name.
	Metric string `json:"metric,omitempty"`
	// Dimensions of the metric, all of them.
	Dimensions map[string]string `json:"dimensions,omitempty"`
	// Statistic, as in Average, Sum, Maximum, p95.
	Statistic string `json:"statistic,omitempty"`
	// AccountID is the account that the metric is of, as in "123456789012", where the
	// provider's is a monitoring account that it shares its metrics with. The
	// provider's allow.accounts must list it. Absent: the provider's own.
	AccountID string `json:"accountID,omitempty"`
}

// NamedCloudWatchMetric is a metric that an expression refers to.
type NamedCloudWatchMetric struct {
	// ID starts with a lower-case letter, as in m1.
	ID               string `json:"id"`
	CloudWatchMetric `json:",inline"`
}

// ALBMetric is a measure of a target group.
type ALBMetric string

// The measures of a target group.
const (
	// RequestsPerSecond that the target group received.
	RequestsPerSecond ALBMetric = "RequestsPerSecond"
	// RequestsPerTargetPerSecond is the average over the workload's ready replicas;
	// where the policy has no workload, over the healthy targets of AWS's count.
	RequestsPerTargetPerSecond ALBMetric = "RequestsPerTargetPerSecond"
	// ResponseTime is a percentile of the targets' response time, in seconds.
	ResponseTime ALBMetric = "ResponseTime"
)

// ALBSignal is traffic of an Application Load Balancer's target group.
type ALBSignal struct {
	// LoadBalancer is the end of its ARN, as in app/web/50dc6c495c0c9188.
	LoadBalancer string `json:"loadBalancer"`
	// TargetGroup is the end of its ARN, as in targetgroup/orders/943f017f100becff.
	TargetGroup string `json:"targetGroup"`
	// Metric is RequestsPerSecond, RequestsPerTargetPerSecond or ResponseTime.
	Metric ALBMetric `json:"metric"`
	// Percentile of ResponseTime, as in 95 or 99.9.
	Percentile Number `json:"percentile,omitempty"`
}

// PrometheusSignal is a PromQL query that gives one sample.
type PrometheusSignal struct {
	// Query is PromQL.
	Query string `json:"query"`
	// AgeQuery gives the instant, as a Unix time, at which the query's data were
	// true. Absent: the oldest timestamp() over the query's selectors.
	AgeQuery string `json:"ageQuery,omitempty"`
}

// HTTPSignal is a number in a JSON answer.
type HTTPSignal struct {
	// Path and query under the provider's URL, as in /queues/orders.
	Path string `json:"path"`
	// Value is CEL over body, as in body.queue.length.
	Value string `json:"value"`
	// ObservedAt is CEL over body that gives an RFC 3339 string or a Unix time.
	// Absent: the Last-Modified header, else the end of the fetch.
	ObservedAt string `json:"observedAt,omitempty"`
}

// TraceSignal is the provider's recorded series.
type TraceSignal struct{}
