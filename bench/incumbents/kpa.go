package incumbents

import (
	"math"
	"time"
)

// KPASettings are those of a revision that Knative's pod autoscaler scales.
type KPASettings struct {
	// Target is what a replica is to have of the metric: the utilisation's share of
	// TotalValue. DefaultKPA takes the share of 0.7.
	Target, TotalValue float64
	// Metric is InFlight (concurrency) or Requests (rps).
	Metric Metric
	// StableWindow and PanicWindow are averaged over. PanicThreshold is how many
	// times the ready replicas the panic window must ask for.
	StableWindow, PanicWindow time.Duration
	PanicThreshold            float64
	// Each step may multiply or divide the ready replicas by these at most.
	MaxScaleUpRate, MaxScaleDownRate float64
	ScaleDownDelay                   time.Duration
	TargetBurstCapacity              float64
	// ActivationScale is the least that is not zero, where it is 2 or more.
	ActivationScale int32
	// Grace is how long the last replica stays after nothing is wanted.
	Grace time.Duration
	// Unreachable: no route leads to it.
	Unreachable bool
	// Weighted: the aggregation algorithm is weighted-exponential, not linear.
	Weighted bool
	Min, Max int32 // Max 0: unlimited
	// Tick is how often it decides.
	Tick time.Duration
}

// DefaultKPA follows concurrency, with the defaults of Knative Serving's ConfigMap
// config-autoscaler: container-concurrency-target-percentage 70 of total (of which
// the default is 100), stable-window 60s, panic-window-percentage 10,
// panic-threshold-percentage 200, max-scale-up-rate 1000, max-scale-down-rate 2,
// scale-down-delay 0s, target-burst-capacity 211, scale-to-zero-grace-period 30s,
// min-scale 0, and a tick of 2 s, which is not configurable.
func DefaultKPA(total float64, most int32) KPASettings {
	return KPASettings{
		Target: 0.7 * total, TotalValue: total, Metric: InFlight,
		StableWindow: time.Minute, PanicWindow: 6 * time.Second, PanicThreshold: 2,
		MaxScaleUpRate: 1000, MaxScaleDownRate: 2, TargetBurstCapacity: 211,
		Grace: 30 * time.Second, Max: most, Tick: tick,
	}
}

// KPA is Knative's pod autoscaler. Both windows with their buckets of a second and
// the decision are the original's: test/incumbents runs both over random inputs. The
// range and scaling to zero are as documented. Without data it keeps the replicas.
//
// Ours: every second since the last step had that step's mean, where the original
// scrapes each second. The grace period is an upper limit in the original, which
// may find the activator in the path already; here it is always waited for. A
// request that finds no replica is seen with the next tick, where the original's
// activator reports it at once.
type KPA struct {
	s              KPASettings
	stable, recent *Window
	decider        *Decider
	recorded       time.Duration
	// idle is since when nothing was wanted; negative: something is.
	idle time.Duration
}

// NewKPA makes one that has seen nothing.
func NewKPA(s KPASettings) *KPA {
	window := NewWindow
	if s.Weighted {
		window = NewWeightedWindow
	}
	return &KPA{
		s: s, stable: window(s.StableWindow, time.Second), recent: window(s.PanicWindow, time.Second),
		idle: -1,
	}
}

// Every is the tick.
func (k *KPA) Every() time.Duration { return k.s.Tick }

// Step is one tick.
func (k *KPA) Step(now Seen) int32 {
	if k.decider == nil {
		k.decider, k.recorded = NewDecider(k.s, now.Now, now.Ready), now.Now
	}
	k.record(now)
	if k.stable.Empty(now.Now) {
		return now.Ordered
	}
	desired, _ := k.decider.Decide(now.Now, now.Ready, k.stable.Average(now.Now), k.recent.Average(now.Now))
	return within(k.linger(now, desired), k.s.Min, k.s.Max)
}

// record is what the scrapes since the last step saw, one in each second.
func (k *KPA) record(now Seen) {
	from := max(k.recorded, now.Now-k.s.StableWindow).Truncate(time.Second)
	k.recorded = now.Now
	value := k.s.Metric(now)
	if !known(value) {
		return
	}
	for at := from + time.Second; at <= now.Now; at += time.Second {
		k.stable.Record(at, math.Max(0, value))
		k.recent.Record(at, math.Max(0, value))
	}
}

// linger keeps the last replica for the grace period.
func (k *KPA) linger(now Seen, desired int32) int32 {
	if desired > 0 || now.Ordered == 0 {
		k.idle = -1
		return desired
	}
	if k.idle < 0 {
		k.idle = now.Now
	}
	if now.Now-k.idle < k.s.Grace {
		return 1
	}
	return 0
}
