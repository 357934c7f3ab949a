package demand

import (
	"fmt"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Rate proposes what requests a second need: their level, or what lies ahead of it
// when more replicas can be ready, times a margin, over what a replica carries. What
// it asked for holds as long as starting a replica again would cost.
type Rate struct {
	Signal string
	Known  Learned
	// Rule but for what of it is Known: PerReplica and StartUp.
	Rule estimate.RateRule
}

// Propose implements policy.Demand.
func (r Rate) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	k, p := read(in, r.Signal)
	if k == nil {
		return p, st
	}
	now := in.View.Now().Mono
	isNew := st.Rate == nil || st.Key != k.Key()
	replica := r.Known.Learn(in, k, isNew, &st)
	r.Rule.PerReplica, r.Rule.StartUp = replica.Capacity, replica.StartUp
	if replica.Capacity <= 0 {
		st.Key = k.Key()
		return unlearned(p, replica), st
	}
	if st.Rate == nil {
		st.Rate, isNew = &estimate.Rate{}, true
	}
	if isNew {
		r.Rule.Follow(st.Rate, newestAt(k, now), now, k.Value(), st.Floor, k.MayLower())
		st.Key = k.Key()
	}
	p.Divisor, p.Terms = replica.Capacity, r.terms(st.Rate.Latest, replica)
	return settle(p, float64(r.Rule.InForce(st.Rate, now).Rate)/replica.Capacity), st
}

// unlearned is the proposal of a demand that does not know yet what a replica carries.
func unlearned(p policy.Proposal, r Replica) policy.Proposal {
	p = doubtful(p.Signal, policy.ReasonLearning)
	p.Terms = []policy.Term{r.CapacityTerm}
	return p
}

// newestAt is when the newest sample was true, on the monotonic clock.
func newestAt(k signals.Known, now time.Duration) time.Duration {
	age, _ := k.Age()
	return now - age
}

// mostTerms explain a rate.
const mostTerms = 7

// terms explain what the newest sample asked for.
func (r Rate) terms(f estimate.Followed, known Replica) []policy.Term {
	out := append(make([]policy.Term, 0, mostTerms),
		policy.Term{Name: "level", Value: f.Mean, Unit: "/s", Note: "the mean of the last minute at most"},
	)
	switch {
	case f.Ahead > 0 && f.Jump:
		out = append(out, policy.Term{Name: "newest", Value: f.Ahead, Unit: "/s", Note: "above what chance explains"})
	case f.Ahead > 0:
		out = append(out, policy.Term{
			Name: "ahead", Value: f.Ahead, Unit: "/s", Note: fmt.Sprintf("rising by %.3g/s a second, for half of %s", f.Slope, f.Horizon.Round(time.Second)),
		})
	}
	out = append(out, r.margin(f))
	if f.Drain > 0 {
		out = append(out, policy.Term{Name: "backlog", Value: f.Drain, Unit: "/s", Note: "more, to serve what must be waiting"})
	}
	return append(out, known.CapacityTerm, known.StartUpTerm,
		policy.Term{Name: "kept", Value: r.Rule.Keep().Seconds(), Unit: "s", Note: "the largest order counts for as long"},
	)
}

func (r Rate) margin(f estimate.Followed) policy.Term {
	t := policy.Term{Name: "margin", Value: f.Margin, Unit: "×"}
	if r.Rule.Fixed > 0 {
		return t
	}
	t.Learned, t.Sure = true, f.Sure
	if f.Capped {
		t.Note = "capped: some of the traffic outgrows its level faster than replicas start, and cannot be followed"
	}
	if f.Capped && f.Beyond > 0 {
		t.Note += fmt.Sprintf(" (%.2g %% of it lately)", 100*f.Beyond)
	}
	return t
}
