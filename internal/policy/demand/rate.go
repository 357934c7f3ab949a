package demand

import (
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Rate proposes what requests a second need: their level, ahead by the time that
// capacity takes, times a margin, over what a replica carries. What it asked for
// holds as long as a replica takes to start.
type Rate struct {
	Signal string
	Rule   estimate.RateRule
}

// Propose implements policy.Demand.
func (r Rate) Propose(in policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	k, p := read(in, r.Signal)
	if k == nil {
		return p, st
	}
	if st.Rate == nil {
		st.Rate = &estimate.Rate{}
	}
	now := in.View.Now().Mono
	if st.Last == nil || st.Key != k.Key() {
		f := r.Rule.Follow(st.Rate, r.bornAt(k, now), now, k.Value(), k.MayLower())
		st.Key, st.Last = k.Key(), &policy.Proposal{Terms: r.terms(f, &st.Rate.Margin)}
	}
	p.Divisor, p.Terms = r.capacity(), st.Last.Terms
	inForce := r.Rule.InForce(st.Rate, now).Rate
	return settle(p, inForce/r.capacity()), st
}

// capacity is what a replica carries.
func (r Rate) capacity() float64 { return r.Rule.PerReplica }

// bornAt is when the newest sample was true, on the monotonic clock.
func (r Rate) bornAt(k signals.Known, now time.Duration) time.Duration {
	age, _ := k.Age()
	return now - age
}

func (r Rate) terms(f estimate.Followed, m *estimate.Margin) []policy.Term {
	return []policy.Term{{Name: "level", Value: f.Mean, Unit: "/s"},
	{Name: "ahead", Value: f.Ahead, Unit: "/s"},
	{Name: "margin", Value: f.Margin, Sure: f.Sure},
	{Name: "late", Value: m.Late}, {Name: "beyond", Value: m.Beyond}, {Name: "strict", Value: m.Strict}}
}
