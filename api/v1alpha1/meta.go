package v1alpha1

// GroupVersion is the apiVersion of every document of this package.
const GroupVersion = "scaler.dev/v1alpha1"

// The kinds of documents.
const (
	KindSignalProvider = "SignalProvider"
	KindScalingPolicy  = "ScalingPolicy"
	KindScalerConfig   = "ScalerConfig"
)

// TypeMeta says which document this is.
type TypeMeta struct {
	// APIVersion is scaler.dev/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is SignalProvider, ScalingPolicy, ScalerConfig or Replay.
	Kind string `json:"kind"`
}

// ObjectMeta names a document.
type ObjectMeta struct {
	// Name is a DNS label; unique among documents of its kind and namespace.
	Name string `json:"name"`
	// Namespace is a DNS label. ScalingPolicy only; "default" when absent.
	Namespace string `json:"namespace,omitempty"`
	// Labels are kept for the user's own tools.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are kept for the user's own tools.
	Annotations map[string]string `json:"annotations,omitempty"`
}
