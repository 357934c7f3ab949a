package v1alpha1

// ScalerConfig is the process itself. At most one. ${env:NAME} expands in its
// values.
type ScalerConfig struct {
	TypeMeta `json:",inline"`
	Metadata ObjectMeta       `json:"metadata"`
	Spec     ScalerConfigSpec `json:"spec"`
}

// ScalerConfigSpec is the process itself. A change of an address takes effect at
// the next start; everything else at once.
type ScalerConfigSpec struct {
	// Ops serves health, metrics and decisions.
	Ops OpsServer `json:"ops,omitzero"`
	// ExternalMetrics serves the Kubernetes external metrics API. Absent: off.
	ExternalMetrics *ExternalMetricsServer `json:"externalMetrics,omitempty"`
	// Stdout writes each decision that changed as a JSON line. Absent: off.
	Stdout *StdoutSink `json:"stdout,omitempty"`
	// Tick is how often every policy is evaluated; 1s by default.
	Tick Duration `json:"tick,omitzero"`
	// MaxConcurrentPolls bounds the calls under way at once; 64 by default.
	MaxConcurrentPolls int32 `json:"maxConcurrentPolls,omitempty"`
	// Kubernetes is the cluster that Scaler runs in. Absent: none is used.
	Kubernetes *KubernetesCluster `json:"kubernetes,omitempty"`
	// HighAvailability lets several replicas of Scaler share the work: one polls and
	// decides, all answer. Absent: this process is the only one.
	HighAvailability *HighAvailability `json:"highAvailability,omitempty"`
}

// OpsServer serves /livez, /readyz, /health, /metrics and /api/v1/decisions.
type OpsServer struct {
	// Listen is host:port; 127.0.0.1:8080 by default.
	Listen string `json:"listen,omitempty"`
}

// StdoutSink writes each decision that changed as a JSON line.
type StdoutSink struct{}
