package incumbents

import "time"

// KEDASettings are those of a ScaledObject with one trigger on a queue of SQS.
type KEDASettings struct {
	// Target is queueLength: messages that one replica is to have.
	Target float64
	// Activation is activationQueueLength: at most so many wake nobody.
	Activation float64
	// OnInFlight and OnDelayed are scaleOnInFlight and scaleOnDelayed: count those too.
	OnInFlight, OnDelayed bool
	// Polling is how often the operator itself looks. Cooldown is how long after it
	// last saw activity it scales to zero.
	Polling, Cooldown time.Duration
	Min, Max          int32
	// HPA is the sync period of the HPA that KEDA creates. Behavior is its, or nil.
	HPA      time.Duration
	Behavior *Behavior
}

// DefaultKEDA has the defaults of ScaledObject and of the SQS trigger, KEDA 2.21:
// pollingInterval 30, cooldownPeriod 300, minReplicaCount 0, maxReplicaCount 100
// where the caller has no other, scaleOnInFlight true, scaleOnDelayed false,
// activationQueueLength 0. The default of queueLength is 5.
func DefaultKEDA(target float64, most int32) KEDASettings {
	if most == 0 {
		most = 100
	}
	return KEDASettings{
		Target: target, OnInFlight: true,
		Polling: 30 * time.Second, Cooldown: 5 * time.Minute,
		Max: most, HPA: 15 * time.Second,
	}
}

// KEDA scales a queue's consumers: the operator between 0 and 1, the HPA that it
// creates from there on, with the queue's length as an External metric and a target
// AverageValue. Documented, and as in its code: all of the above, that its HPA leaves
// a workload alone that is at zero, and that the HPA's minimum is at least 1.
//
// Ours: both loops begin at the same instant, and the operator comes first where
// they fall together. Without data nothing changes: a fallback is not modelled but
// in Fallback.
type KEDA struct {
	s      KEDASettings
	hpa    *HPA
	polled time.Duration
	began  bool
	// active is when activity was last seen; ever, whether it was.
	active time.Duration
	ever   bool
}

// NewKEDA makes one that has seen no activity.
func NewKEDA(s KEDASettings) *KEDA {
	h := DefaultHPA(s.Target, nil, s.Max)
	h.Metric = s.Length
	h.Min, h.Sync, h.Behavior = max(1, s.Min), s.HPA, s.Behavior
	return &KEDA{s: s, hpa: NewHPA(h)}
}

// Length is the trigger's value.
func (s KEDASettings) Length(now Seen) float64 {
	n := now.Visible
	if s.OnInFlight {
		n += now.NotVisible
	}
	if s.OnDelayed {
		n += now.Delayed
	}
	return n
}

// Active says whether a value of the trigger wakes the workload.
func (s KEDASettings) Active(value float64) bool { return value > s.Activation }

// Fallback is the total that KEDA reports, in the place of a trigger that fails, for
// a target AverageValue: the HPA makes the replicas of it.
func Fallback(target float64, replicas int32) float64 { return target * float64(replicas) }

// Every is the HPA's sync period: the shorter of the two loops.
func (k *KEDA) Every() time.Duration { return k.s.HPA }

// Step is the operator's poll, when it is due, and the HPA's reconciliation.
func (k *KEDA) Step(now Seen) int32 {
	if !k.began || now.Now-k.polled >= k.s.Polling {
		k.began, k.polled = true, now.Now
		now.Ordered = k.poll(now)
	}
	return k.hpa.Step(now)
}

// poll is what the operator does: wake, put to sleep, or keep the minimum.
func (k *KEDA) poll(now Seen) int32 {
	value := k.s.Length(now)
	switch {
	case !known(value):
		return now.Ordered
	case k.s.Active(value):
		k.active, k.ever = now.Now, true
		if now.Ordered == 0 {
			return max(1, k.s.Min)
		}
	case k.s.Min > 0:
		return max(now.Ordered, k.s.Min)
	case !k.ever || now.Now-k.active > k.s.Cooldown:
		return 0
	}
	return now.Ordered
}
