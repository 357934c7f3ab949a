package v1alpha1

// Publish is who is told.
type Publish struct {
	// ExternalMetric serves the decision in the Kubernetes external metrics API.
	ExternalMetric *ExternalMetricSink `json:"externalMetric,omitempty"`
	// CloudWatch publishes the decision as metrics.
	CloudWatch *CloudWatchSink `json:"cloudWatch,omitempty"`
	// ECS acts on the service beside its target tracking.
	ECS *ECSSink `json:"ecs,omitempty"`
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
	// Signals are published too, each as a metric of its own name. A policy that names
	// some may have neither replicas nor demand: it then only publishes them.
	Signals []string `json:"signals,omitempty"`
	// Compensate reports a Utilization of at most 89 while a confirmed decision is
	// lower than what is ordered, so that target tracking's band of a tenth below the
	// target does not keep more tasks than were decided; false by default. It needs
	// workload.ecs, and a scale-in cooldown of a few minutes, as is the default.
	Compensate bool `json:"compensate,omitempty"`
}
