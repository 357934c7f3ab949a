package incumbents

import (
	"math"
	"time"
)

// TargetType is what an HPA's target is compared with.
type TargetType string

// The types of targets.
const (
	// AverageValue is a replica's share of the metric.
	AverageValue TargetType = "AverageValue"
	// Value is the metric itself.
	Value TargetType = "Value"
	// CPU is a share of the pods' requests, rounded to whole percents.
	CPU TargetType = "Utilization"
)

// HPASettings are those of a HorizontalPodAutoscaler with one metric.
type HPASettings struct {
	// Target, as its type says.
	Target float64
	Type   TargetType
	// Metric is the External or Object metric. Not used with CPU.
	Metric Metric
	// Min and Max are the range. A Min of 0 is for External and Object metrics.
	Min, Max  int32
	Tolerance Tolerance
	// Behavior is spec.behavior; nil where the document has none. Then scaling out is
	// limited to twice the replicas or 4, and scaling in takes the highest
	// recommendation of the Window.
	Behavior *Behavior
	Window   time.Duration
	// Sync is how often the controller looks at each HPA.
	Sync time.Duration
}

// DefaultHPA has the defaults of kube-controller-manager and of the API:
// --horizontal-pod-autoscaler-sync-period 15s, -tolerance 0.1,
// -downscale-stabilization 5m, minReplicas 1, no behaviour. The maximum and the
// metric have none; its type is what most documents use.
func DefaultHPA(target float64, metric Metric, most int32) HPASettings {
	return HPASettings{
		Target: target, Type: AverageValue, Metric: metric, Min: 1, Max: most,
		Tolerance: Tolerance{Down: 0.1, Up: 0.1}, Window: 5 * time.Minute, Sync: 15 * time.Second,
	}
}

// HPA is the HorizontalPodAutoscaler of Kubernetes 1.37, autoscaling/v2. Its
// arithmetic, the memory of recommendations and of changes, their order, and scaling
// to zero and from it are the controller's: test/incumbents runs both over random
// inputs. Without data it keeps the replicas, as the controller does on an error.
//
// Ours: a metric is read at the instant of the step, with no scraping in between;
// with CPU, every ready pod uses the mean, and one that starts counts as not ready,
// whatever its age.
type HPA struct {
	s      HPASettings
	memory memory
	begun  bool
	// slept: it was the HPA that scaled to zero, so it may scale from there.
	slept bool
}

// NewHPA makes one with no past.
func NewHPA(s HPASettings) *HPA { return &HPA{s: s} }

// Every is the sync period.
func (h *HPA) Every() time.Duration { return h.s.Sync }

// Step is one reconciliation.
func (h *HPA) Step(now Seen) int32 {
	current := now.Ordered
	if !h.begun {
		h.begun = true
		h.memory.recommended = append(h.memory.recommended, timed{now.Now, current})
	}
	wanted := h.decide(now)
	if wanted != current {
		if h.s.Behavior != nil {
			h.memory.scaled(now.Now, *h.s.Behavior, current, wanted)
		}
		h.slept = current > 0 && wanted == 0 && h.s.Min == 0 && h.external()
	}
	return wanted
}

func (h *HPA) decide(now Seen) int32 {
	current := now.Ordered
	switch {
	case current == 0 && !h.mayWake():
		return 0
	case current > h.s.Max:
		return h.s.Max
	case current != 0 && current < h.s.Min:
		return h.s.Min
	}
	proposed, ok := h.propose(now)
	if !ok {
		return current
	}
	wanted := h.normalize(now.Now, current, max(0, proposed))
	if current == 0 {
		wanted = max(wanted, h.s.Min)
	}
	return wanted
}

// mayWake: what somebody else scaled to zero is left there.
func (h *HPA) mayWake() bool { return h.slept && (h.s.Min != 0 || h.external()) }

func (h *HPA) external() bool { return h.s.Type != CPU }

// normalize is in the controller's order: stabilise, limit the rate, keep the range.
func (h *HPA) normalize(now time.Duration, current, proposed int32) int32 {
	if h.s.Behavior == nil {
		stable := h.memory.stabilizeDown(now, h.s.Window, proposed)
		return limitOut(current, stable, h.s.Min, h.s.Max)
	}
	stable := h.memory.stabilize(now, *h.s.Behavior, current, proposed)
	return h.memory.limit(now, *h.s.Behavior, current, stable, h.s.Min, h.s.Max)
}

// propose is what the metric asks for.
func (h *HPA) propose(now Seen) (int32, bool) {
	if h.s.Type == CPU {
		return h.proposeCPU(now)
	}
	value := h.s.Metric(now)
	if !known(value) {
		return 0, false
	}
	usage, target := thousandths(value), thousandths(h.s.Target)
	if h.s.Type == Value {
		return ExternalValue(usage, target, now.Ordered, now.Ready, h.s.Tolerance), true
	}
	return ExternalAverage(usage, target, now.Ordered, h.s.Tolerance), true
}

func (h *HPA) proposeCPU(now Seen) (int32, bool) {
	if !known(now.Utilization) {
		return 0, false
	}
	pods := make([]Pod, max(now.Ready, now.Ordered))
	for i := range pods {
		pods[i] = Pod{Usage: thousandths(now.Utilization), Request: 1000}
		if i >= int(now.Ready) {
			pods[i].State = PodUnready
		}
	}
	n, err := CPUUtilization(pods, max(1, int32(math.Round(h.s.Target*100))), now.Ordered, h.s.Tolerance)
	return n, err == nil
}

// thousandths is v as Kubernetes' quantities have it: rounded up, and bounded.
func thousandths(v float64) int64 {
	scaled := v * 1000
	if near := math.Round(scaled); math.Abs(scaled-near) < 1e-6 {
		scaled = near // not what binary fractions added
	}
	return int64(math.Max(math.MinInt64/2, math.Min(math.Ceil(scaled), math.MaxInt64/2)))
}
