package incumbents

import (
	"errors"
	"math"
)

// Errors of the calculator: it proposes nothing, and the HPA keeps what there is.
var (
	ErrNoPods    = errors.New("no pods returned by selector")
	ErrNoMetrics = errors.New("no metrics of pods that are to be counted")
)

// Tolerance is how far a ratio of metric and target may be from 1 without a change:
// at least 1 - Down and at most 1 + Up.
type Tolerance struct{ Down, Up float64 }

func (t Tolerance) holds(ratio float64) bool { return 1-t.Down <= ratio && ratio <= 1+t.Up }

// ExternalAverage is the HPA's proposal for an External or Object metric with a
// target AverageValue, both in thousandths: a total that the replicas share. A total
// below 0 is taken for one that overflowed, as the original does.
func ExternalAverage(usage, target int64, replicas int32, t Tolerance) int32 {
	if usage < 0 {
		usage = math.MaxInt64
	}
	if t.holds(float64(usage) / (float64(target) * float64(replicas))) {
		return replicas
	}
	return whole(math.Ceil(float64(usage) / float64(target)))
}

// ExternalValue is the HPA's proposal for an External or Object metric with a target
// Value, both in thousandths: the ready pods in proportion. At 0 replicas the ratio
// itself is the proposal.
func ExternalValue(usage, target int64, replicas, ready int32, t Tolerance) int32 {
	ratio := float64(usage) / float64(target)
	switch {
	case replicas == 0:
		return whole(math.Ceil(ratio))
	case t.holds(ratio):
		return replicas
	default:
		return whole(math.Ceil(ratio * float64(ready)))
	}
}

// PodState is how a pod counts.
type PodState int

// The states of a pod.
const (
	// PodReady is one that runs.
	PodReady PodState = iota
	// PodUnready runs, and is not ready or only just: it matters for CPU alone.
	PodUnready
	// PodPending waits to run.
	PodPending
	// PodGone failed, or is being deleted.
	PodGone
	// PodUnlisted is a metric of a pod that the selector does not find. The HPA
	// leaves it out of a utilization and counts it in a plain average.
	PodUnlisted
)

// Pod is a pod with its metric. Usage and Request are thousandths; a Request is for
// utilization only.
type Pod struct {
	State          PodState
	Usage, Request int64
	// Missing: there is no metric of it.
	Missing bool
}

// PodsAverage is the HPA's proposal for a metric of pods, or of a resource that is
// not CPU, with a target average in thousandths.
func PodsAverage(pods []Pod, target int64, replicas int32, t Tolerance) (int32, error) {
	c := calculator{
		replicas: replicas, tolerance: t,
		ratio: func(pods []Pod) (float64, bool) { return averageRatio(pods, target), true },
		spare: func(Pod) int64 { return target },
	}
	return c.propose(pods)
}

// CPUUtilization is the HPA's proposal for CPU with a target in percent of requests.
func CPUUtilization(pods []Pod, percent, replicas int32, t Tolerance) (int32, error) {
	c := calculator{
		replicas: replicas, tolerance: t, cpu: true,
		ratio: func(pods []Pod) (float64, bool) { return utilizationRatio(pods, percent) },
		spare: func(p Pod) int64 { return p.Request * int64(max(100, percent)) / 100 },
	}
	return c.propose(pods)
}

// averageRatio rounds the mean down, as the original does.
func averageRatio(pods []Pod, target int64) float64 {
	total := int64(0)
	for _, p := range pods {
		total += p.Usage
	}
	return float64(total/int64(len(pods))) / float64(target)
}

// utilizationRatio rounds to whole percents, down, as the original does.
func utilizationRatio(pods []Pod, percent int32) (float64, bool) {
	usage, request := int64(0), int64(0)
	for _, p := range pods {
		if p.State != PodUnlisted {
			usage, request = usage+p.Usage, request+p.Request
		}
	}
	if request == 0 {
		return 0, false
	}
	return float64(int32(usage*100/request)) / float64(percent), true
}

// calculator is what both kinds of metrics of pods have in common.
type calculator struct {
	replicas  int32
	tolerance Tolerance
	cpu       bool // readiness matters
	ratio     func([]Pod) (float64, bool)
	spare     func(Pod) int64 // what a pod without a metric counts as when scaling in
}

func (c calculator) propose(pods []Pod) (int32, error) {
	g := group(pods, c.cpu)
	if g.listed == 0 {
		return 0, ErrNoPods
	}
	if len(g.measured) == 0 {
		return 0, ErrNoMetrics
	}
	ratio, ok := c.ratio(g.measured)
	if !ok {
		return 0, ErrNoMetrics
	}
	out := len(g.unready) > 0 && ratio > 1
	if !out && len(g.missing) == 0 {
		if c.tolerance.holds(ratio) {
			return c.replicas, nil
		}
		return whole(math.Ceil(ratio * float64(g.ready))), nil
	}
	return c.cautious(ratio, c.assume(g, ratio, out)), nil
}

// assume adds the pods without a metric: as if idle when scaling out, as if on
// target or full when scaling in.
func (c calculator) assume(g groups, ratio float64, out bool) []Pod {
	counted := g.measured
	for _, p := range g.missing {
		switch {
		case ratio < 1:
			p.Usage = c.spare(p)
		case ratio > 1:
			p.Usage = 0
		default:
			continue
		}
		counted = append(counted, p)
	}
	if out {
		for _, p := range g.unready {
			p.Usage = 0
			counted = append(counted, p)
		}
	}
	return counted
}

// cautious is the proposal with assumed pods: they may make a change smaller, never
// turn it round.
func (c calculator) cautious(before float64, counted []Pod) int32 {
	ratio, ok := c.ratio(counted)
	if !ok || c.tolerance.holds(ratio) || before < 1 && ratio > 1 || before > 1 && ratio < 1 {
		return c.replicas
	}
	n := whole(math.Ceil(ratio * float64(len(counted))))
	if ratio < 1 && n > c.replicas || ratio > 1 && n < c.replicas {
		return c.replicas
	}
	return n
}

// groups are pods by how they count.
type groups struct {
	listed, ready              int
	measured, missing, unready []Pod
}

func group(pods []Pod, cpu bool) groups {
	var g groups
	for _, p := range pods {
		if p.State == PodUnlisted {
			g.measured = append(g.measured, p)
			continue
		}
		g.listed++
		switch {
		case p.State == PodGone:
		case p.State == PodPending:
			g.unready = append(g.unready, p)
		case p.Missing:
			g.missing = append(g.missing, p)
		case p.State == PodUnready && cpu:
			g.unready = append(g.unready, p)
		default:
			g.ready++
			g.measured = append(g.measured, p)
		}
	}
	return g
}
