package v1alpha1

import "time"

// KindReplay is a document that only files hold: what policies are tested against.
const KindReplay = "Replay"

// Replay says what a policy is replayed against: traffic, a model of what serves
// it, and how signals read the model.
type Replay struct {
	TypeMeta `json:",inline"`
	Metadata ObjectMeta `json:"metadata"`
	Spec     ReplaySpec `json:"spec"`
}

// ReplaySpec is a test of one policy.
type ReplaySpec struct {
	// Policy is namespace/name of the policy. Absent: the only one of the documents.
	Policy string `json:"policy,omitempty"`
	// Trace is the traffic. Absent: what the command line names.
	Trace *ReplayTrace `json:"trace,omitempty"`
	// Plant is the model of what serves the traffic.
	Plant ReplayPlant `json:"plant"`
	// Bind says, by the name of a signal, what of the model it reads. Signals of sqs
	// and alb have a binding of their own.
	Bind map[string]Quantity `json:"bind,omitempty"`
	// Sampling says, by the name of a signal, how its source has what it reads, where
	// that is other than usual for the source.
	Sampling map[string]Sampling `json:"sampling,omitempty"`
	// Objective is what counts as late.
	Objective ReplayObjective `json:"objective,omitzero"`
}

// ReplayTrace is a CSV of timestamp,value: the mean arrivals a second from each
// timestamp on.
type ReplayTrace struct {
	// File is the CSV, relative to the document's file.
	File string `json:"file"`
}

// ReplayPlant is the model of what serves the traffic.
type ReplayPlant struct {
	// ServiceTime of one request or message.
	ServiceTime Duration `json:"serviceTime,omitzero"`
	// Concurrency is how many of them one replica serves at once; 1 by default.
	Concurrency Number `json:"concurrency,omitempty"`
	// Capacity is how many one replica serves in a second, in place of Concurrency.
	Capacity Number `json:"capacity,omitempty"`
	// StartUp is how long a new replica takes until it serves.
	StartUp ReplayStartUp `json:"startUp"`
	// Replicas at the beginning; the policy's minimum by default.
	Replicas *int32 `json:"replicas,omitempty"`
	// Actuator is what follows decisions: Direct (the default), HPA, TargetTracking or
	// TargetTrackingWithFloor.
	Actuator ReplayActuator `json:"actuator,omitempty"`
	// Step of the model: 1s by default, 100ms to 1m.
	Step Duration `json:"step,omitzero"`
	// Seed of what is random.
	Seed int32 `json:"seed,omitempty"`
}

// ReplayStartUp is a start-up time, or a distribution of them.
type ReplayStartUp struct {
	// Median of the start-up times.
	Median Duration `json:"median"`
	// P90 is what nine of ten take at most. Absent: all take the median.
	P90 Duration `json:"p90,omitzero"`
}

// ReplayActuator is what follows decisions.
type ReplayActuator string

// The actuators.
const (
	// ActuatorDirect orders what was decided at once.
	ActuatorDirect ReplayActuator = "Direct"
	// ActuatorHPA is a HorizontalPodAutoscaler as scaler generate hpa prints it.
	ActuatorHPA ReplayActuator = "HPA"
	// ActuatorTargetTracking is our model of AWS target tracking on Utilization.
	ActuatorTargetTracking ReplayActuator = "TargetTracking"
	// ActuatorFloor is the same with publish.ecs.floor.
	ActuatorFloor ReplayActuator = "TargetTrackingWithFloor"
)

// Quantity is something of the model that a signal can read. Amounts are requests
// or messages; times are seconds.
type Quantity string

// The quantities.
const (
	// QueueVisible waits.
	QueueVisible Quantity = "queue.visible"
	// QueueInFlight is being served.
	QueueInFlight Quantity = "queue.inFlight"
	// QueueMessages waits or is being served.
	QueueMessages Quantity = "queue.messages"
	// QueueOldestAge is how long the oldest has waited.
	QueueOldestAge Quantity = "queue.oldestAge"
	// Arrivals a second.
	Arrivals Quantity = "arrivals"
	// ArrivalsPerReplica a second and ready replica.
	ArrivalsPerReplica Quantity = "arrivals.perReplica"
	// Utilization of the ready replicas, from 0 to 1.
	Utilization Quantity = "utilization"
	// InFlightPerReplica waits or is being served, for each ready replica.
	InFlightPerReplica Quantity = "inFlight.perReplica"
	// LatencyMean is of those whose service began, their waits included.
	LatencyMean Quantity = "latency.mean"
	// LatencyP50 is a percentile of the same.
	LatencyP50 Quantity = "latency.p50"
	// LatencyP90 is a percentile of the same.
	LatencyP90 Quantity = "latency.p90"
	// LatencyP95 is a percentile of the same.
	LatencyP95 Quantity = "latency.p95"
	// LatencyP99 is a percentile of the same.
	LatencyP99 Quantity = "latency.p99"
	// ReadyReplicas serve.
	ReadyReplicas Quantity = "replicas.ready"
)

// Quantities are all of them.
func Quantities() []Quantity {
	return []Quantity{
		QueueVisible, QueueInFlight, QueueMessages, QueueOldestAge, Arrivals, ArrivalsPerReplica, Utilization, InFlightPerReplica,
		LatencyMean, LatencyP50, LatencyP90, LatencyP95, LatencyP99, ReadyReplicas,
	}
}

// Sampling is how a source has a quantity.
type Sampling struct {
	// Period of aligned buckets, of which a value is one, as CloudWatch has them.
	Period Duration `json:"period,omitzero"`
	// Window that a value is of, as rate() of Prometheus has it.
	Window Duration `json:"window,omitzero"`
	// Lag until a value can be read.
	Lag Duration `json:"lag,omitzero"`
}

// ReplayObjective is what counts as late.
type ReplayObjective struct {
	// Latency that a request or message may take, its wait and its service; 1s by
	// default.
	Latency Duration `json:"latency,omitzero"`
}

// Default fills what the user left out.
func (r *Replay) Default() {
	p := &r.Spec.Plant
	if p.Capacity == 0 {
		setDefault(&p.Concurrency, 1)
	}
	setDefault(&p.Actuator, ActuatorDirect)
	setDefault(&p.Step, Duration{time.Second})
	setDefault(&r.Spec.Objective.Latency, Duration{time.Second})
}
