package estimate

import (
	"math"
	"time"
)

// Margin learns by which factor traffic outgrows the capacity ordered for it before
// more can be ready, so that no more than a budget is late.
type Margin struct {
	// Calm and Rising are how far it did so at the usual level, by whether the level was
	// rising.
	Calm   Histogram `json:"calm"`
	Rising Histogram `json:"rising"`
	// Strict is the logarithm of the share of the scores that the margin may be
	// exceeded by, over the budget: it falls while too much is late.
	Strict float64 `json:"strict"`
	// Usual is the logarithm of the usual level, which what is far off moves by little;
	// Beyond the share of traffic that outgrew the cap, and
	// Late the share that was late, as this model has it.
	Usual  float64 `json:"usual"`
	Beyond float64 `json:"beyond"`
	Late   float64 `json:"late"`
	// At is when they last changed.
	At time.Duration `json:"at"`
}

// MarginRule is how a margin is learned.
type MarginRule struct {
	// Budget is the share of traffic that may be late, above 0.
	Budget float64
	// Cap of the margin, above 1.
	Cap float64
}

const (
	priorMargin = 1.6 // until there are scores
	// What is learned halves in as long as it takes to be sure of a quantile, and no
	// sooner than in half a day.
	shortestHalf, longestHalf = 12 * time.Hour, 14 * 24 * time.Hour

	heaviest   = 4.0  // a score counts, by its level, at most as so many
	lightest   = 0.05 // and at least
	strictGain = 0.1  // of Strict, by what was late
	strictest  = 0.3  // of the budget
	loosest    = 20.0 // times the budget
	enough     = 1.0  // score beyond the quantile, to be sure of it
	planned    = 0.5  // of the budget: what is learned of the past, the future exceeds
	leastLeft  = 0.25 // of the budget, for what can be followed

	// farOff is the logarithm of how far a level counts as off from the usual one.
	farOff = 0.5
	// The bounds of what the level makes of a margin.
	narrowest, widest = 0.5, 2.0
)

// scores is how scores are counted: in buckets of 2 %.
func scores(half time.Duration) Scale {
	return Scale{Lowest: 0.7, Growth: 1.02, Buckets: 66, HalfLife: half}
}

// half is the half-life of what is learned of samples that stand for so long.
func (r MarginRule) half(span time.Duration) time.Duration {
	return min(max(time.Duration(enough/r.Budget*float64(span)), shortestHalf), longestHalf)
}

// Score is one sample of the traffic against what was ordered for it.
type Score struct {
	At     time.Duration
	Span   time.Duration // that the sample stands for
	Level  float64       // that the capacity was ordered for, without margin
	Rising bool
	Actual float64 // traffic that came
	Late   float64 // share of it that was late
}

// Learn takes a score in.
func (r MarginRule) Learn(m *Margin, s Score) {
	if !(s.Level > 0) || math.IsInf(s.Level, 1) {
		return
	}
	half := r.half(s.Span)
	r.decay(m, s, half)
	weight := min(max(math.Exp(math.Log(s.Level)-m.Usual), lightest), heaviest)
	share := weight * float64(s.Span) / float64(half) * math.Ln2
	m.Late += share * s.Late
	if s.Actual > s.Level*r.Cap {
		m.Beyond += share * s.Late
		return
	}
	h := &m.Calm
	if s.Rising {
		h = &m.Rising
	}
	scores(half).Add(h, 1+(s.Actual/s.Level-1)/m.spread(s.Level), weight, s.At)
	budget := r.budget(m)
	m.Strict += strictGain * weight * (budget - s.Late)
	m.Strict = min(max(m.Strict, math.Log(strictest)), math.Log(loosest))
}

// budget is what is left for what can be followed. Where what cannot has taken it,
// there is little use in spending on the rest: half as much again may be late.
func (r MarginRule) budget(m *Margin) float64 {
	return max(planned*r.Budget-m.Beyond, leastLeft*r.Budget, (m.Beyond-r.Budget)/2)
}

func (r MarginRule) decay(m *Margin, s Score, half time.Duration) {
	level := math.Log(s.Level)
	if m.At == 0 {
		m.Usual, m.At = level, s.At
	}
	keep := math.Exp2(-float64(max(0, s.At-m.At)) / float64(half))
	m.Late *= keep
	m.Beyond *= keep
	m.Usual += min(max(level-m.Usual, -farOff), farOff) * (1 - keep)
	m.At = max(m.At, s.At)
}

// spread is how many times as far traffic outgrows a level as it does the usual one: a
// count varies by the square root of what is expected, so its share by one over that.
// A level times its margin never falls as the level rises.
func (m *Margin) spread(level float64) float64 {
	if m.At == 0 || !(level > 0) {
		return 1
	}
	return min(max(math.Exp((m.Usual-math.Log(level))/2), narrowest), widest)
}

// Factor is the margin on a level, how well it is known from 0 to 1, and whether the cap binds.
func (r MarginRule) Factor(m *Margin, rising bool, level float64) (factor, sure float64, capped bool) {
	h := m.Calm
	if rising {
		h = m.Rising
	}
	sure = min(1, scores(0).Weight(h)*r.Budget/enough)
	factor = priorMargin
	if q, ok := scores(0).Quantile(h, 1-min(r.Budget*math.Exp(m.Strict), 1)); ok {
		factor += sure * (q - priorMargin)
	}
	factor = 1 + (factor-1)*m.spread(level)
	return min(max(factor, 1), r.Cap), sure, factor >= r.Cap
}

func (m *Margin) moved(by time.Duration) Margin {
	out := *m
	out.At += by
	out.Calm, out.Rising = out.Calm.Moved(by), out.Rising.Moved(by)
	return out
}
