package scrape

import (
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// maxGap is how many intervals may lie between two looks: the average over more says
// little of now.
const maxGap = 5

// counter remembers the latest look at series that only grow.
type counter struct {
	last map[string]mark // by series; nil: there was none
	mono time.Duration   // of that look
}

// mark is a series as it was last seen.
type mark struct {
	value float64
	at    time.Time     // as the page told
	mono  time.Duration // of the look
	rate  float64       // per second, once two looks have told
	rated bool
}

func (c *counter) forget() { c.last = nil }

// rates are how much each series grew in a second since the look before. Where one
// of them does not tell, none does: a part of the sum would be too low.
//
// A series that is new beside others that go on has grown from nothing.
func (c *counter) rates(points []point, w signals.Window) ([]float64, *signals.Error) {
	next := make(map[string]mark, len(points))
	for _, p := range points {
		next[p.series] = mark{value: p.value, at: p.at, mono: w.Mono}
	}
	defer c.keep(next, w.Mono)
	passed := w.Mono - c.mono
	switch {
	case c.last == nil:
		return nil, unknown("a rate needs two looks, and this is the first")
	case w.To.After(w.From) && passed > maxGap*w.To.Sub(w.From):
		c.forget()
		return nil, unknown("the look before is too long ago to tell a rate")
	case !slices.ContainsFunc(points, c.knows):
		return nil, unknown("no series goes on from the look before")
	}
	rates := make([]float64, 0, len(points))
	var failed *signals.Error
	for _, p := range points {
		rate, err := c.rate(p, w.Mono, passed)
		if err != nil {
			failed = err // and what the others tell is kept all the same
			continue
		}
		m := next[p.series]
		m.rate, m.rated = rate, true
		next[p.series] = m
		rates = append(rates, rate)
	}
	return rates, failed
}

func (c *counter) knows(p point) bool {
	_, ok := c.last[p.series]
	return ok
}

// rate is how much one series grew in a second: a new one since the look before, of
// which so much time has passed.
func (c *counter) rate(p point, mono, passed time.Duration) (float64, *signals.Error) {
	m, seen := c.last[p.series]
	grown := p.value - m.value
	if seen {
		passed = mono - m.mono
		if !p.at.IsZero() && !m.at.IsZero() {
			passed = p.at.Sub(m.at)
		}
	}
	switch {
	case grown < 0:
		return 0, unknown("a counter began anew since the look before")
	case passed == 0 && grown == 0 && m.rated:
		return m.rate, nil // the same sample once more
	case passed <= 0:
		return 0, unknown("no time has passed since the look before")
	default:
		return grown / passed.Seconds(), nil
	}
}

// keep takes a look over, and remembers the series that were not on this page: one
// that comes back has not grown from nothing.
func (c *counter) keep(next map[string]mark, mono time.Duration) {
	for series, m := range c.last {
		if _, ok := next[series]; !ok && len(next) < maxSeries {
			next[series] = m
		}
	}
	c.last, c.mono = next, mono
}

func unknown(detail string) *signals.Error {
	return &signals.Error{Reason: signals.Absent, Detail: detail}
}
