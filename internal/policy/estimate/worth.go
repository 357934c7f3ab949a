package estimate

import (
	"math"
	"slices"
	"time"
)

// Too few replicas are lateCost times as bad as too many. Too many count as at most
// three times what was needed, and a forecast owes at most so many hours of the load,
// so that garbage is forgotten. An hour is a 24th of the period.
const (
	lateCost = 60
	mostOver = 2
	mostOwed = 12
	// patience is the part of a period, or else a horizon, beyond a horizon in which it
	// may yet be judged, and worthHalving are the periods in which half of what was judged is forgotten.
	patience     = 144
	worthHalving = 1.5
	// credit is what a forecast begins with, in hours of the load: about what a day of
	// a clean shape costs it.
	credit = 2.0
)

// Worth tells whether a forecast has earned its keep: the cost of the level alone
// beside that of the higher of level and forecast, each against the highest that came
// within the horizon, and each with the margin on the level that suits it best: what a
// margin does as well is no merit of a forecast. The zero value is worth a try.
type Worth struct {
	// Alone and With are the costs by margin, in hours of the load, half of which is
	// forgotten in a day and a half.
	Alone costs `json:"alone,omitzero"`
	With  costs `json:"with,omitzero"`
	Tried bool  `json:"tried,omitempty"`
	// Level and Forecast are of From, in seconds of Unix time; Most is the highest
	// since.
	From     int64   `json:"from,omitempty"`
	Level    float64 `json:"level,omitempty"`
	Forecast float64 `json:"forecast,omitempty"`
	Most     float64 `json:"most,omitempty"`
}

// costs by margin on the level.
type costs [5]float64

// margins on the level that are weighed.
func margins() costs { return costs{1, 1.15, 1.35, 1.6, 2} }

func (c costs) least() float64 { return slices.Min(c[:]) }

// Add judges what was forecast a horizon ago by the values since, and begins anew with
// a level and a forecast of a season of a period. A horizon over which nothing came
// judges nothing.
func (w *Worth) Add(wall time.Time, level, forecast float64, horizon, period time.Duration) {
	if math.IsNaN(level+forecast) || math.IsInf(level+forecast, 0) {
		return
	}
	if !w.Tried {
		w.Tried = true
		for i := range w.Alone {
			w.Alone[i] = credit
		}
	}
	past := time.Duration(wall.Unix()-w.From) * time.Second
	if w.From > 0 && past >= 0 && past <= horizon+max(period/patience, horizon) {
		w.Most = max(w.Most, level)
		if past < horizon {
			return
		}
		w.judge(float64(past) / float64(period))
	}
	w.From, w.Level, w.Forecast, w.Most = wall.Unix(), level, forecast, 0
}

// judge takes in what so many periods cost.
func (w *Worth) judge(periods float64) {
	keep := math.Exp2(-periods / worthHalving)
	for i, m := range margins() {
		w.Alone[i] = w.Alone[i]*keep + cost(w.Level*m, w.Most)*24*periods
		w.With[i] = w.With[i]*keep + cost(max(w.Level*m, w.Forecast), w.Most)*24*periods
	}
	most := w.Alone.least() + mostOwed
	for i := range w.With {
		w.With[i] = min(w.With[i], most)
	}
}

// cost is what x was off from y, as a share of y.
func cost(x, y float64) float64 {
	switch {
	case x > y:
		return min((x-y)/y, mostOver) // of nothing, infinitely too many
	case y > 0:
		return lateCost * (y - x) / y
	}
	return 0 // nothing came: no share of it is too much
}

// Earned tells whether the forecast costs no more than to do without.
func (w *Worth) Earned() bool { return !w.Tried || w.With.least() <= w.Alone.least() }
