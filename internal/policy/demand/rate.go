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
// it asked for holds as long as a replica takes to start.
type Rate struct {
	Signal string
	Rule   estimate.RateRule
}

// Propose implements policy.Demand.
func (r Rate) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	k, p := read(in, r.Signal)
	if k == nil {
		return p, st
	}
	if st.Rate == nil {
		st.Rate, st.Last = &estimate.Rate{}, nil
	}
	now := in.View.Now().Mono
	if st.Last == nil || st.Key != k.Key() {
		f := r.Rule.Follow(st.Rate, newestAt(k, now), now, k.Value(), k.MayLower())
		st.Key, st.Last = k.Key(), &policy.Proposal{Terms: r.terms(f)}
	}
	p.Divisor, p.Terms = r.capacity(), st.Last.Terms
	return settle(p, float64(r.Rule.InForce(st.Rate, now).Rate)/r.capacity()), st
}

// capacity is what a replica carries.
func (r Rate) capacity() float64 { return r.Rule.PerReplica }

// newestAt is when the newest sample was true, on the monotonic clock.
func newestAt(k signals.Known, now time.Duration) time.Duration {
	age, _ := k.Age()
	return now - age
}

// terms explain what the newest sample asked for.
func (r Rate) terms(f estimate.Followed) []policy.Term {
	out := []policy.Term{
		{Name: "level", Value: f.Mean, Unit: "/s", Note: "the mean of the last minute"},
	}
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
	return append(out,
		policy.Term{Name: "capacity", Value: r.capacity(), Unit: "/s a replica"},
		policy.Term{Name: "start-up", Value: r.Rule.StartUp.Seconds(), Unit: "s", Note: "the largest order counts for as long"},
	)
}

func (r Rate) margin(f estimate.Followed) policy.Term {
	t := policy.Term{Name: "margin", Value: f.Margin}
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
