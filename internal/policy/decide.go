package policy

import (
	"slices"

	"github.com/scaler-dev/scaler/internal/policy/estimate"
)

// work is one decision in the making.
type work struct {
	p  *pipeline
	in *Input
	st *State
	d  *Decision

	previous    int32 // what there is to lower from
	hasPrevious bool
}

// start finds what there is to lower from: the last decision, or, at a cold start,
// the workload's replicas. Those count as recommended until now, so that one whole
// scaleIn window passes before anything is removed. So does what a workload has that
// appears after the decision, if that is more.
func (w *work) start() {
	if w.in.Workload.missing() {
		w.st.Seen = false
	}
	switch {
	case w.in.Workload.State == WorkloadKnown && w.appears():
		w.previous, w.hasPrevious = w.in.Workload.Ordered, true
		w.st.Behavior.begin(w.previous, w.d.At.Mono)
	case w.st.Previous != nil:
		w.previous, w.hasPrevious = *w.st.Previous, true
	}
}

// appears tells whether nothing is decided yet of the workload as it is known.
func (w *work) appears() bool {
	if w.st.Previous == nil {
		return true
	}
	return !w.st.Seen && !w.in.Workload.missing() && *w.st.Previous < w.in.Workload.Ordered
}

func (w *work) propose() {
	w.st.Demands = statesOf(w.st.Demands, w.p.Demands)
	for i := range w.p.Demands {
		d, prop, st := &w.p.Demands[i], &w.d.Proposals[i], &w.st.Demands[i]
		if d.Floor != "" {
			st.Floor = askedBy(w.st.Demands, d.Floor)
		}
		if d.With != "" {
			st.Learned = learnedBy(w.st.Demands, d.With)
		}
		*prop, *st = d.Demand.Propose(w.in, *st)
		prop.Demand, st.Demand = d.Name, d.Name
		if d.With != "" {
			st.Learned = nil // it was lent
		}
	}
	capGuards(w.d.Proposals, w.p.Combine.Mode, w.previous)
}

// askedBy is what the season of a name last asked for.
func askedBy(states []DemandState, name string) float64 {
	for i := range states {
		if states[i].Demand == name && states[i].Season != nil {
			return states[i].Season.Asked
		}
	}
	return 0
}

// learnedBy is what the demand of a name learned of the replicas.
func learnedBy(states []DemandState, name string) *estimate.Learned {
	for i := range states {
		if states[i].Demand == name {
			return states[i].Learned
		}
	}
	return nil
}

// statesOf are what is remembered of the demands, in their order; a reload may have
// moved, added or removed some.
func statesOf(remembered []DemandState, demands []NamedDemand) []DemandState {
	same := len(remembered) == len(demands)
	for i := 0; same && i < len(demands); i++ {
		same = remembered[i].Demand == demands[i].Name
	}
	if same {
		return remembered
	}
	out := make([]DemandState, len(demands))
	for i, d := range demands {
		out[i].Demand = d.Name
		if j := slices.IndexFunc(remembered, func(s DemandState) bool { return s.Demand == d.Name }); j >= 0 {
			out[i] = remembered[j]
		}
	}
	return out
}

func (w *work) decide() {
	doubt := findDoubt(w.d.Proposals)
	combined, failed, ok := w.combine()
	switch {
	case w.in.Workload.missing():
		// One that appears under the name may have more than is decided here, and an
		// autoscaler may see it first.
		doubt.Reason, doubt.Unknown, ok = ReasonMissing, true, false
	case !failed.none() && !doubt.Unknown:
		failed.Unknown = true
		doubt = failed
	case !ok && doubt.none():
		doubt.Reason = ReasonAllAbstained
	case doubt.none():
	case !w.hasPrevious && !doubt.Unknown:
		doubt.Reason = ReasonColdStart // nothing is known that could be kept: wait for confirmation
	}
	if !ok || (!doubt.none() && !w.hasPrevious) {
		w.unknown(doubt)
		return
	}
	if !doubt.Unknown {
		w.st.LastKnown = combined
	}
	held := w.hold(combined, doubt)
	desired := w.clamp(w.behave(held))
	if w.mustNotServe(combined, desired, doubt) {
		w.unknown(doubt)
		return
	}
	w.known(desired, !doubt.Unknown)
}

// hold keeps the previous decision while there is a doubt.
func (w *work) hold(combined int32, d doubt) int32 {
	s := Step{Stage: StageDoubt, Reason: ReasonConfirmed, Before: combined, After: combined}
	if !d.none() {
		s.Reason, s.After, s.Bound, s.Subject = d.stepReason(), max(w.previous, combined), w.previous, d.Subject
	}
	w.step(s)
	return s.After
}

// mustNotServe tells whether a number decided in doubt may lower something after
// all. While a demand is unknown, only a proposal above the last decision made
// without doubt and above what the workload has is served. While one may not lower, a
// workload that by now has more, by another's hand, keeps it.
func (w *work) mustNotServe(combined, desired int32, d doubt) bool {
	workload := w.in.Workload
	if d.none() {
		return false
	}
	if !d.Unknown {
		return workload.State == WorkloadKnown && desired < workload.Ordered
	}
	n := min(combined, desired)
	if w.st.Settled != nil && n <= *w.st.Settled {
		return true
	}
	switch workload.State {
	case WorkloadNone:
		return w.st.Settled == nil
	case WorkloadKnown:
		return n <= workload.Ordered
	case WorkloadStale, WorkloadUnknown:
		return true
	default:
		return true
	}
}

func (w *work) known(desired int32, settled bool) {
	w.remember(desired)
	if settled {
		w.st.Settled = put(w.st.Settled, desired)
	}
	w.d.Desired = Replicas(desired)
}

// remember makes a number the decision to go on from.
func (w *work) remember(n int32) {
	now := w.d.At.Mono
	if w.hasPrevious {
		w.st.Behavior.decided(w.previous, n, now, w.p.ScaleOut, w.p.ScaleIn)
	}
	if w.st.Previous == nil || *w.st.Previous != n {
		w.st.Previous, w.st.ChangedAt = new(n), now
	}
	w.st.Seen = w.st.Seen || w.in.Workload.State == WorkloadKnown
}

func (w *work) unknown(doubt doubt) {
	now := w.d.At.Mono
	w.st.Behavior.suspend(now)
	n, reason, ok := w.p.FailSafe.floor(w.in.Workload, w.st, now)
	if n = min(n, w.p.Max); !ok {
		w.step(Step{Stage: StageFailSafe, Reason: ReasonHold, Before: w.previous, After: w.previous, Subject: doubt.Subject})
		w.d.Desired = Unknown(doubt.Reason)
		return
	}
	w.step(Step{Stage: StageFailSafe, Reason: reason, Before: w.in.Workload.Ordered, After: n, Bound: n, Subject: doubt.Subject})
	w.d.Desired = Replicas(n)
	w.d.DataAt, w.d.Expires = w.d.At.Wall, now+unattended
	if w.hasPrevious && n > w.previous {
		w.remember(n)
	}
}

func (w *work) clamp(n int32) int32 {
	s := Step{Stage: StageClamp, Reason: ReasonUnchanged, Before: n, After: n}
	if n < w.p.Min {
		s.Reason, s.After, s.Bound = ReasonMin, w.p.Min, w.p.Min
	}
	if n > w.p.Max {
		s.Reason, s.After, s.Bound = ReasonMax, w.p.Max, w.p.Max
	}
	w.step(s)
	return s.After
}

func (w *work) behave(target int32) int32 {
	st, now := &w.st.Behavior, w.d.At.Mono
	if !w.hasPrevious {
		st.recommend(target, now, w.p.ScaleOut.Stabilization, w.p.ScaleIn.Stabilization)
		return target
	}
	stable := st.stabilize(w.previous, target, now, w.p.ScaleOut.Stabilization, w.p.ScaleIn.Stabilization)
	w.step(stable)
	if w.paused(stable.After) {
		w.step(Step{Stage: StageLimit, Reason: ReasonDeployment, Before: stable.After, After: w.previous, Bound: w.previous})
		return w.previous
	}
	limited := st.limit(w.previous, stable.After, now, w.p.ScaleOut, w.p.ScaleIn)
	w.step(limited)
	return limited.After
}

// paused tells whether a deployment forbids to go down to target. The last look
// counts however old it is: not to know that a deployment has ended is no leave to
// remove.
func (w *work) paused(target int32) bool {
	return w.p.PauseDeploying && w.in.Workload.Deploying && target < w.previous
}

func (w *work) step(s Step) { w.d.Trail = append(w.d.Trail, s) }
