package incumbents

// JobStrategy is the scalingStrategy of KEDA's ScaledJob.
type JobStrategy string

// The strategies.
const (
	JobsDefault  JobStrategy = "default"
	JobsAccurate JobStrategy = "accurate"
	JobsEager    JobStrategy = "eager"
)

// Jobs is how many jobs KEDA may start: limit, and to, which it starts of them at
// most. Wanted is what the queue asks for, most is maxReplicaCount. A ScaledJob has
// no replicas to take back, so no Autoscaler is made of it.
func (s JobStrategy) Jobs(wanted, running, pending, most, scaleTo int64) (limit, to int64) {
	switch s {
	case JobsAccurate:
		return min(wanted-pending, most-running), scaleTo
	case JobsEager:
		return min(most-running-pending, wanted), most
	case JobsDefault:
	}
	return wanted - running, scaleTo
}
