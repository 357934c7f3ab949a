package incumbents

import (
	"math"
	"time"
)

// tick is how often Knative decides.
const tick = 2 * time.Second

// Decider is the decision of Knative's autoscaler, given averages of both windows.
type Decider struct {
	s KPASettings
	// panicking since, or since it last was over the threshold.
	panicking bool
	panicked  time.Duration
	panicMost int32
	recent    []timed // what was wanted, for the delay, highest and oldest first
}

// NewDecider begins in panic where more than one replica is ready: it has seen too
// little to take any away.
func NewDecider(s KPASettings, now time.Duration, ready int32) *Decider {
	return &Decider{s: s, panicking: ready > 1, panicked: now, panicMost: ready}
}

// Panicking says whether it is in panic, and the most replicas wanted in it.
func (d *Decider) Panicking() (yes bool, most int32) { return d.panicking, d.panicMost }

// Decide is how many replicas are wanted, and the excess burst capacity, which
// decides whether the activator stays in the path: below 0 it does.
func (d *Decider) Decide(now time.Duration, ready int32, stable, panicky float64) (desired, excess int32) {
	there := math.Max(1, float64(ready))
	byStable, _ := d.pods(stable, there)
	byPanic, raw := d.pods(panicky, there)
	d.watch(now, raw/there >= d.s.PanicThreshold)

	desired = byStable
	if d.panicking {
		d.panicMost = max(d.panicMost, desired, byPanic)
		desired = d.panicMost
	}
	if d.s.ScaleDownDelay > 0 && !d.s.Unreachable {
		desired = d.delay(now, desired)
	}
	return desired, d.excess(ready, panicky)
}

// pods is what an average asks for, within the rates, and before them.
func (d *Decider) pods(average, there float64) (n int32, raw float64) {
	most, least := math.Ceil(d.s.MaxScaleUpRate*there), 0.0
	if !d.s.Unreachable {
		least = math.Floor(there / d.s.MaxScaleDownRate)
	}
	raw = math.Ceil(average / d.s.Target)
	n = whole(math.Min(math.Max(raw, least), most))
	if d.s.ActivationScale > 1 && raw > 0 {
		n = max(n, d.s.ActivationScale)
	}
	return n, raw
}

// watch begins the panic, extends it, or ends it once a stable window has passed
// since the threshold.
func (d *Decider) watch(now time.Duration, over bool) {
	switch {
	case over:
		d.panicking, d.panicked = true, now
	case d.panicking && now-d.panicked > d.s.StableWindow:
		d.panicking, d.panicMost = false, 0
	}
}

// delay is the most that was wanted within the delay, in slots of two seconds.
func (d *Decider) delay(now time.Duration, desired int32) int32 {
	slot := now / tick
	slots := time.Duration(math.Ceil(float64(d.s.ScaleDownDelay) / float64(tick)))
	for n := len(d.recent); n > 0 && desired >= d.recent[n-1].n; n-- {
		d.recent = d.recent[:n-1]
	}
	for len(d.recent) > 0 && slot-d.recent[0].at >= slots {
		d.recent = d.recent[1:]
	}
	if n := len(d.recent); n == 0 || d.recent[n-1].at != slot {
		d.recent = append(d.recent, timed{slot, desired})
	}
	return d.recent[0].n
}

func (d *Decider) excess(ready int32, panicky float64) int32 {
	switch burst := d.s.TargetBurstCapacity; {
	case burst == 0:
		return 0
	case burst < 0:
		return -1
	default:
		return whole(math.Floor(float64(ready)*d.s.TotalValue - burst - panicky))
	}
}
