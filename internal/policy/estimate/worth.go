package estimate

import (
	"math"
	"time"
)

// Too few replicas are lateCost times as bad as too many. Too many count as at most
// three times what was needed, and a forecast owes at most so many hours of the load,
// so that garbage is forgotten.
const (
	lateCost     = 20
	mostOver     = 2
	mostOwed     = 12
	patience     = 10 * time.Minute
	worthHalving = 36 * time.Hour
	// credit is what a forecast begins with, in hours of the load: about what a day of
	// a clean shape costs it.
	credit = 2.0
)

// Worth tells whether a forecast has earned its keep: the cost of the level alone
// beside that of the higher of level and forecast, each against the highest that came
// within the horizon. The zero value is worth a try.
type Worth struct {
	// Alone and With are the costs, in hours of the load, half of which is forgotten
	// in a day and a half.
	Alone float64 `json:"alone,omitempty"`
	With  float64 `json:"with,omitempty"`
	Tried bool    `json:"tried,omitempty"`
	// Level and Forecast are of From, in seconds of Unix time; Most is the highest
	// since.
	From     int64   `json:"from,omitempty"`
	Level    float64 `json:"level,omitempty"`
	Forecast float64 `json:"forecast,omitempty"`
	Most     float64 `json:"most,omitempty"`
}

// Add judges what was forecast a horizon ago by the values since, and begins anew with
// a level and a forecast. A horizon over which nothing came judges nothing.
func (w *Worth) Add(wall time.Time, level, forecast float64, horizon time.Duration) {
	if math.IsNaN(level+forecast) || math.IsInf(level+forecast, 0) {
		return
	}
	if !w.Tried {
		w.Tried, w.Alone = true, credit
	}
	past := time.Duration(wall.Unix()-w.From) * time.Second
	if w.From > 0 && past >= 0 && past <= horizon+patience {
		w.Most = max(w.Most, level)
		if past < horizon {
			return
		}
		w.judge(past)
	}
	w.From, w.Level, w.Forecast, w.Most = wall.Unix(), level, forecast, 0
}

func (w *Worth) judge(past time.Duration) {
	keep := math.Exp2(-float64(past) / float64(worthHalving))
	w.Alone = w.Alone*keep + cost(w.Level, w.Most)*past.Hours()
	w.With = w.With*keep + cost(max(w.Level, w.Forecast), w.Most)*past.Hours()
	w.With = min(w.With, w.Alone+mostOwed)
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
func (w *Worth) Earned() bool { return w.With <= w.Alone || !w.Tried }
