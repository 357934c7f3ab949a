package v1alpha1

// ScalingPolicy says how many replicas one workload needs, and who is told.
// Namespaced; written by the team that owns the workload.
type ScalingPolicy struct {
	TypeMeta `json:",inline"`
	Metadata ObjectMeta        `json:"metadata"`
	Spec     ScalingPolicySpec `json:"spec"`
}

// ScalingPolicySpec is the policy itself.
type ScalingPolicySpec struct {
	// Workload is what is scaled. Absent: Scaler does not look at it.
	Workload *Workload `json:"workload,omitempty" union:"one of ecs, fixed"`
	// Replicas bounds every decision.
	Replicas ReplicaRange `json:"replicas"`
	// Signals are read; demands refer to them by name.
	Signals []Signal `json:"signals,omitempty"`
	// Demands turn signals into proposals, in replicas.
	Demand []Demand `json:"demand"`
	// Combine makes one number of the proposals: Max (the default), Sum, or a
	// CEL expression over proposals["name"].
	Combine string `json:"combine,omitempty"`
	// ScaleOut is how fast replicas may be added.
	ScaleOut *ScalingRules `json:"scaleOut,omitempty"`
	// ScaleIn is how fast replicas may be removed.
	ScaleIn *ScalingRules `json:"scaleIn,omitempty"`
	// FailSafe is what to do in doubt.
	FailSafe *FailSafe `json:"failSafe,omitempty"`
	// Publish is who is told. Absent: the external metrics API.
	Publish *Publish `json:"publish,omitempty"`
}

// ReplicaRange bounds every decision.
type ReplicaRange struct {
	// Min may be 0.
	Min int32 `json:"min"`
	// Max is at least 1 and at least Min.
	Max int32 `json:"max"`
}

// Workload is the thing being scaled. Exactly one member is set.
type Workload struct {
	// ECS is a service of Amazon ECS.
	ECS *ECSWorkload `json:"ecs,omitempty"`
	// Fixed is a workload that always has the same number of replicas.
	Fixed *FixedWorkload `json:"fixed,omitempty"`
}

// ECSWorkload is a service of Amazon ECS.
type ECSWorkload struct {
	// Provider is the name of a SignalProvider of kind aws.
	Provider string `json:"provider"`
	// Cluster is the cluster's name.
	Cluster string `json:"cluster"`
	// Service is the service's name.
	Service string `json:"service"`
}

// FixedWorkload is a workload that always has the same number of replicas.
type FixedWorkload struct {
	// Replicas are ordered and ready.
	Replicas int32 `json:"replicas"`
}

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

	SignalSource `json:",inline" union:"one of sqs, cloudWatch, alb, prometheus, http, trace"`

	// Kind is Total or PerReplica. sqs and alb know their own.
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
	// Prometheus is a PromQL query.
	Prometheus *PrometheusSignal `json:"prometheus,omitempty"`
	// HTTP is a number in a JSON answer.
	HTTP *HTTPSignal `json:"http,omitempty"`
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
	// RequestsPerTargetPerSecond is the average over healthy targets.
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

// Demand is a rule that turns signals into a proposal in replicas.
type Demand struct {
	// Name is a DNS label, unique in its policy.
	Name string `json:"name"`

	DemandRule `json:",inline" union:"one of perReplica, ratio, schedule, expression"`
}

// DemandRule is the kind of demand. Exactly one member is set.
type DemandRule struct {
	// PerReplica proposes the signal divided by what one replica handles.
	PerReplica *PerReplicaDemand `json:"perReplica,omitempty"`
	// Ratio proposes ready replicas times the signal over its target.
	Ratio *RatioDemand `json:"ratio,omitempty"`
	// Schedule proposes a floor in a window of time.
	Schedule *ScheduleDemand `json:"schedule,omitempty"`
	// Expression proposes what CEL over signals["name"] gives.
	Expression string `json:"expression,omitempty"`
}

// PerReplicaDemand proposes ceil(signal / amount). For signals of kind Total.
type PerReplicaDemand struct {
	// Signal is the name of a signal of this policy.
	Signal string `json:"signal"`
	// Amount that one replica handles, above 0.
	Amount Number `json:"amount"`
}

// RatioDemand proposes ceil(ready replicas × signal / target). For signals of
// kind PerReplica.
type RatioDemand struct {
	// Signal is the name of a signal of this policy.
	Signal string `json:"signal"`
	// Target for the signal, above 0. A duration counts as seconds.
	Target Number `json:"target"`
	// MayLower is true by default. False makes a guard: it may add replicas and
	// never remove any.
	MayLower *bool `json:"mayLower,omitempty"`
	// Tolerance around the target within which nothing changes; 10% by default.
	Tolerance *Percent `json:"tolerance,omitempty"`
	// MaxAdd is how far a guard may go above the other demands; 50% by default.
	MaxAdd *Percent `json:"maxAdd,omitempty"`
}

// ScheduleDemand is a floor within a window of time. It can only add.
type ScheduleDemand struct {
	// Start of the window as a cron expression of five fields.
	Start string `json:"start"`
	// End of the window as a cron expression of five fields.
	End string `json:"end"`
	// TimeZone of both, as in Europe/Berlin; UTC by default.
	TimeZone string `json:"timeZone,omitempty"`
	// Replicas of the floor.
	Replicas int32 `json:"replicas"`
}

// LimitSelect chooses among several limits.
type LimitSelect string

// The choices among several limits.
const (
	// SelectMax takes the limit that allows the largest change.
	SelectMax LimitSelect = "Max"
	// SelectMin takes the limit that allows the smallest change.
	SelectMin LimitSelect = "Min"
	// SelectDisabled allows no change in this direction.
	SelectDisabled LimitSelect = "Disabled"
)

// ScalingRules is how fast replicas may move in one direction, with the meaning
// that behavior has in the HorizontalPodAutoscaler v2.
type ScalingRules struct {
	// Stabilization is the window over which the most cautious recommendation
	// counts. Default 0s out, 5m in.
	Stabilization *Duration `json:"stabilization,omitzero"`
	// Limits on the change within a period.
	Limits []ScalingLimit `json:"limits,omitempty" union:"one of percent, replicas"`
	// Select is Max (the default), Min or Disabled.
	Select LimitSelect `json:"select,omitempty"`
}

// ScalingLimit is the largest change within a period. Exactly one of percent and
// replicas is set.
type ScalingLimit struct {
	// Percent of the replicas at the period's start.
	Percent *int32 `json:"percent,omitempty"`
	// Replicas added or removed.
	Replicas *int32 `json:"replicas,omitempty"`
	// Period over which the change counts, up to 30m.
	Period Duration `json:"period"`
}

// UnknownRule says what to do when a decision is unknown.
type UnknownRule string

// UnknownHold keeps what is there: an unknown decision is served as an error and
// not published.
const UnknownHold UnknownRule = "Hold"

// FailSafe is what to do in doubt.
type FailSafe struct {
	// OnUnknown is Hold.
	OnUnknown UnknownRule `json:"onUnknown,omitempty"`
	// AtLeast is served while the decision is unknown and the workload has fewer
	// replicas: a floor, never a cut.
	AtLeast *int32 `json:"atLeast,omitempty"`
	// WakeFromZero is served while the decision is unknown, the workload has no
	// replica, and what was last known was above 0.
	WakeFromZero *int32 `json:"wakeFromZero,omitempty"`
}

// Publish is who is told.
type Publish struct {
	// ExternalMetric serves the decision in the Kubernetes external metrics API.
	ExternalMetric *ExternalMetricSink `json:"externalMetric,omitempty"`
	// CloudWatch publishes the decision as metrics.
	CloudWatch *CloudWatchSink `json:"cloudWatch,omitempty"`
}

// ExternalMetricSink serves the decision in the Kubernetes external metrics API.
type ExternalMetricSink struct {
	// Name of the metric; the policy's name by default. Unique in its namespace.
	Name string `json:"name,omitempty"`
}

// CloudWatchSink publishes DesiredReplicas and Utilization with the dimensions
// Namespace and Policy.
type CloudWatchSink struct {
	// Provider is the name of a SignalProvider of kind aws.
	Provider string `json:"provider"`
	// Namespace of the metrics; Scaler by default. Must not start with AWS/.
	Namespace string `json:"namespace,omitempty"`
	// Period between two publications, and of the metric's timestamps: 60s (the
	// default) or, as a high-resolution metric, 10s.
	Period Duration `json:"period,omitzero"`
}
