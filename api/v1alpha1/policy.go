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
	Workload *Workload `json:"workload,omitempty" union:"one of deployment, statefulSet, ecs, fixed"`
	// Replicas bounds every decision. Required, but for a policy that only publishes
	// signals.
	Replicas ReplicaRange `json:"replicas,omitzero"`
	// Signals are read; demands refer to them by name.
	Signals []Signal `json:"signals,omitempty"`
	// Demands turn signals into proposals, in replicas. Required, but for a policy
	// that only publishes signals.
	Demand []Demand `json:"demand,omitempty"`
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
	// Deployment of the policy's namespace.
	Deployment *ObjectReference `json:"deployment,omitempty"`
	// StatefulSet of the policy's namespace.
	StatefulSet *ObjectReference `json:"statefulSet,omitempty"`
	// ECS is a service of Amazon ECS.
	ECS *ECSWorkload `json:"ecs,omitempty"`
	// Fixed is a workload that always has the same number of replicas.
	Fixed *FixedWorkload `json:"fixed,omitempty"`
}

// ObjectReference names an object of the policy's own namespace.
type ObjectReference struct {
	// Name of the object.
	Name string `json:"name"`
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
