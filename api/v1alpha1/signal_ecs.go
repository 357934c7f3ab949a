package v1alpha1

// ECSMetric is a measure of a service of Amazon ECS.
type ECSMetric string

// The measures of a service, averages over its tasks in percent: 100 is all that the
// tasks reserve, and a CPU that may burst is above it.
const (
	// ECSCPUUtilization is the CPU in use.
	ECSCPUUtilization ECSMetric = "CPUUtilization"
	// ECSMemoryUtilization is the memory in use.
	ECSMemoryUtilization ECSMetric = "MemoryUtilization"
)

// ECSSignal is a share of what the tasks of a service of Amazon ECS reserve, as
// CloudWatch has it once a minute in AWS/ECS.
type ECSSignal struct {
	// Metric is CPUUtilization or MemoryUtilization: an average over the tasks in
	// percent, as in 70 of 100.
	Metric ECSMetric `json:"metric"`
	// Cluster is the cluster's name. Absent: that of the policy's workload.ecs.
	Cluster string `json:"cluster,omitempty"`
	// Service is the service's name. Absent: that of the policy's workload.ecs.
	Service string `json:"service,omitempty"`
}

// setDefaults takes the service from the policy's workload, if that is one of ECS.
func (e *ECSSignal) setDefaults(w *Workload) {
	if e == nil || w == nil || w.ECS == nil {
		return
	}
	setDefault(&e.Cluster, w.ECS.Cluster)
	setDefault(&e.Service, w.ECS.Service)
}

func (e *ECSSignal) validate(s scope) {
	oneOf(s.at("metric"), e.Metric, ECSCPUUtilization, ECSMemoryUtilization)
	validateECSName(s.at("cluster"), "cluster", e.Cluster)
	validateECSName(s.at("service"), "service", e.Service)
}

// validateECSName checks a name that the policy's workload may have given.
func validateECSName(s scope, of, name string) {
	if name != "" {
		s.match(name, ecsNameRE, "a "+of+"'s name: letters, digits, dashes and underscores, at most 255")
		return
	}
	s.restingOn([]string{"spec.workload"}, func(s scope) {
		s.add("is required: the policy has no workload.ecs to take it from")
	})
}
