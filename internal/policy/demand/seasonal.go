package demand

import (
	"fmt"
	"strings"
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
	Signal string
	Known  Learned
	// Period after which the traffic repeats itself, up to a day.
	Period time.Duration
}

// What costs a forecast is seen within a horizon of the start-up and what passes until a
// sample of then is there, as a part of the period.
const (
	sampling = 2880
	// another is how many times a replica may carry more, or less, than when the season
	// began: beyond that, its scale fits no more.
	another = 20
)

// Propose implements policy.Demand.
func (r Seasonal) Propose(in *policy.Input, st policy.DemandState) (policy.Proposal, policy.DemandState) {
	k, ok := in.View.Observe(r.Signal).(signals.Known)
	p := policy.Proposal{State: policy.Abstained, Reason: policy.ReasonSeasonCold, Signal: r.Signal}
	if ok {
		p.Value, p.MayLower = k.Value(), k.MayLower()
	}
	isNew := ok && st.Key != k.Key()
	replica := r.Known.Learn(in, k, isNew, &st)
	if replica.Capacity <= 0 {
		p.Terms = []policy.Term{replica.CapacityTerm}
		return p, st
	}
	if r.another(st.Season, replica.Capacity) {
		st.Season = &policy.Season{Signal: r.Signal, Past: estimate.Season{Period: r.Period, Unit: replica.Capacity}}
		isNew = ok
	}
	recall(st.Season, in)
	if isNew && k.MayLower() {
		st.Key = k.Key()
		r.learn(st.Season, k, replica.StartUp)
	}
	return r.floor(p, st.Season, in.View.Now().Wall, replica), st
}

// another says that what is remembered is of another signal, period or scale.
func (r Seasonal) another(s *policy.Season, capacity float64) bool {
	if s == nil || s.Signal != r.Signal || s.Past.Period != r.Period {
		return true
	}
	times := capacity / s.Past.Unit
	return !(times < another && times > 1./another)
}

// recall fills what was not seen here with what a provider remembers. It teaches what is
// usual and nothing else: it is not fresh, and judges no forecast.
func recall(s *policy.Season, in *policy.Input) {
	for _, p := range in.Past {
		if p.Signal != s.Signal {
			continue
		}
		for at, v := range p.Past.All() {
			if v >= p.Min && v <= p.Max && at.Before(in.View.Now().Wall) && s.Past.Fill(at, v) {
				s.Filled += signals.PastSlot
			}
		}
	}
}

// learn adds a sample, and judges what was forecast before it.
func (r Seasonal) learn(s *policy.Season, k signals.Known, startUp time.Duration) {
	s.Past.Add(k.At(), k.Value())
	if f, ok := r.forecast(s, k.At(), startUp); ok {
		s.Worth.Add(k.At(), k.Value(), f.Value, startUp+r.Period/sampling, r.Period)
	}
}

func (r Seasonal) floor(p policy.Proposal, s *policy.Season, now time.Time, known Replica) policy.Proposal {
	s.Asked = 0
	f, ok := r.forecast(s, now, known.StartUp)
	if !ok {
		p.Terms = append([]policy.Term{r.seen(s)}, history(s)...)
		return p
	}
	sure := float64(f.Days) / 7
	p.Terms = []policy.Term{
		{Name: "usual", Value: f.Value / f.Factor, Learned: true, Sure: sure, Note: r.usually(f, now)},
		{Name: "today", Value: f.Factor, Unit: "×", Note: "what came just now over what came then"},
		known.CapacityTerm, known.StartUpTerm,
	}
	p.Terms = append(p.Terms, history(s)...)
	if !s.Worth.Earned() {
		p.Reason = policy.ReasonSeasonLost
		return p
	}
	s.Asked = f.Value
	p.State, p.Reason, p.Divisor = policy.Proposed, policy.ReasonSeason, known.Capacity
	return settle(p, f.Value/known.Capacity)
}

// forecast is what the last periods tell, once there is a whole one.
func (r Seasonal) forecast(s *policy.Season, now time.Time, startUp time.Duration) (estimate.Forecast, bool) {
	if !s.Past.Whole() {
		return estimate.Forecast{}, false
	}
	return s.Past.Ahead(now, startUp)
}

// seen is how much of the first period was.
func (r Seasonal) seen(s *policy.Season) policy.Term {
	return policy.Term{
		Name: "seen", Value: min(s.Past.Seen(), r.Period).Hours(), Unit: "h", Note: fmt.Sprintf("of %.3g h", r.Period.Hours()),
	}
}

// history is how much of the season was not seen here but read back from the provider.
func history(s *policy.Season) []policy.Term {
	if s.Filled == 0 {
		return nil
	}
	return []policy.Term{{Name: "history", Value: s.Filled.Hours(), Unit: "h", Note: "read back from the provider"}}
}

// usually says which days: as in the last 5 days at 09:14. Where the traffic repeats
// itself sooner, it says how long ago.
func (r Seasonal) usually(f estimate.Forecast, now time.Time) string {
	if r.Period != estimate.Day && f.Days == 1 {
		return "the most within a start-up, as " + ago(r.Period) + " ago"
	}
	if r.Period != estimate.Day {
		return fmt.Sprintf("the most within a start-up, as in the last %d times, each %s apart", f.Days, ago(r.Period))
	}
	days := fmt.Sprintf("the last %d days", f.Days)
	switch {
	case f.Days == 1:
		days = "the last day"
	case f.Weekly && isWeekend(now):
		days = fmt.Sprintf("the last %d days of weekends", f.Days)
	case f.Weekly:
		days = fmt.Sprintf("the last %d weekdays", f.Days)
	}
	return "the most within a start-up, as in " + days + " at " + now.UTC().Format("15:04") + " UTC"
}

// ago is a duration of whole minutes without what is none of it: 1h, 15m.
func ago(d time.Duration) string {
	s := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func isWeekend(t time.Time) bool {
	day := t.UTC().Weekday()
	return day == time.Saturday || day == time.Sunday
}
