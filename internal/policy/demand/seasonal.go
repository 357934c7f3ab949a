package demand

import (
	"fmt"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Seasonal proposes a floor: what the last days needed from now until a replica
// ordered now is ready. It abstains until it has seen a day, and while the last days
// do not tell what comes: it can only add. While its signal fails it goes by what it
// has seen, and nothing may lower.
type Seasonal struct {
	Signal     string
	PerReplica float64 // above 0
	StartUp    time.Duration
}

// The days of a season must be seen but for gaps; what costs a forecast is seen within
// a horizon of the start-up and what passes until a sample of then is there.
const (
	wholeDay = 24 * time.Hour
	sampling = 30 * time.Second
)

// Propose implements policy.Demand.
func (r Seasonal) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	if st.Season == nil || st.Season.Signal != r.Signal || !(st.Season.Past.Unit > 0) {
		st.Season = &policy.Season{Signal: r.Signal, Past: estimate.Season{Unit: r.PerReplica}}
		st.Key = signals.Key{}
	}
	recall(st.Season, in)
	p := policy.Proposal{State: policy.Abstained, Reason: policy.ReasonSeasonCold, Signal: r.Signal}
	if k, ok := in.View.Observe(r.Signal).(signals.Known); ok {
		p.Value, p.MayLower = k.Value(), k.MayLower()
		if k.MayLower() && st.Key != k.Key() {
			st.Key = k.Key()
			r.learn(st.Season, k)
		}
	}
	return r.floor(p, st.Season, in.View.Now().Wall), st
}

// recall fills what was not seen here with what a provider remembers. It teaches what is
// usual and nothing else: it is not fresh, and judges no forecast.
func recall(s *policy.Season, in policy.Input) {
	for _, p := range in.Past {
		if p.Signal != s.Signal {
			continue
		}
		for at, v := range p.Past.All() {
			if v >= p.Min && v <= p.Max && at.Before(in.View.Now().Wall) {
				s.Past.Fill(at, v)
			}
		}
	}
}

// learn adds a sample, and judges what was forecast before it.
func (r Seasonal) learn(s *policy.Season, k signals.Known) {
	s.Past.Add(k.At(), k.Value())
	if f, ok := forecast(s, k.At(), r.StartUp); ok {
		s.Worth.Add(k.At(), k.Value(), f.Value, r.StartUp+sampling)
	}
}

func (r Seasonal) floor(p policy.Proposal, s *policy.Season, now time.Time) policy.Proposal {
	f, ok := forecast(s, now, r.StartUp)
	if !ok {
		seen := min(s.Past.Seen(), wholeDay).Hours()
		p.Terms = []policy.Term{{Name: "seen", Value: seen, Unit: "h", Note: "of 24 h"}}
		return p
	}
	sure := float64(f.Days) / 7
	p.Terms = []policy.Term{
		{Name: "usual", Value: f.Value / f.Factor, Learned: true, Sure: sure, Note: usually(f, now)},
		{Name: "today", Value: f.Factor, Learned: true, Note: "today over the same minutes of those days"},
		{Name: "capacity", Value: r.PerReplica, Unit: "a replica"},
		{Name: "start-up", Value: r.StartUp.Seconds(), Unit: "s"},
	}
	if !s.Worth.Earned() {
		p.Reason = policy.ReasonSeasonLost
		return p
	}
	p.State, p.Reason, p.Divisor = policy.Proposed, policy.ReasonSeason, r.PerReplica
	return settle(p, f.Value/r.PerReplica)
}

// forecast is what the last days tell, once there is a whole one.
func forecast(s *policy.Season, now time.Time, startUp time.Duration) (estimate.Forecast, bool) {
	if s.Past.Seen() < estimate.Enough {
		return estimate.Forecast{}, false
	}
	return s.Past.Ahead(now, startUp)
}

// usually says which days: as in the last 5 days at 09:14.
func usually(f estimate.Forecast, now time.Time) string {
	days := fmt.Sprintf("the last %d days", f.Days)
	switch {
	case f.Days == 1:
		days = "the last day"
	case f.Weekly && isWeekend(now):
		days = fmt.Sprintf("the last %d days of weekends", f.Days)
	case f.Weekly:
		days = fmt.Sprintf("the last %d weekdays", f.Days)
	}
	return "as in " + days + " at " + now.UTC().Format("15:04") + " UTC"
}

func isWeekend(t time.Time) bool {
	day := t.UTC().Weekday()
	return day == time.Saturday || day == time.Sunday
}
