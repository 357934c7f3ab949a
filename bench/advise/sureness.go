package advise

import (
	"math"
	"time"
)

// Sureness tells how far the past speaks for the future.
type Sureness struct {
	// Days of traffic that are known.
	Days float64 `json:"days"`
	// Sudden is the share of the traffic that nobody can follow who starts replicas when
	// it comes: what is above twice the most of the minute that ended a start-up before.
	Sudden float64 `json:"sudden"`
	// Gaps is the share of the time of which nothing is known.
	Gaps float64 `json:"gaps"`
}

// jump is how much above what was there counts as sudden.
const jump = 2

// sureness measures the traffic.
func sureness(ask Ask) Sureness {
	loads, step := ask.Trace.Loads(), ask.Trace.Step
	lag := max(1, int(ask.Plant.StartUp.Median.Duration/step))
	window := max(1, int(time.Minute/step))
	known, all, sudden := 0, 0.0, 0.0
	for i, v := range loads {
		if math.IsNaN(v) {
			continue
		}
		known++
		all += v
		if most, ok := mostOf(loads, i-lag-window, i-lag); ok {
			sudden += max(0, v-jump*most)
		}
	}
	s := Sureness{Days: float64(known) * step.Hours() / day.Hours(), Gaps: 1}
	if len(loads) > 0 {
		s.Gaps = 1 - float64(known)/float64(len(loads))
	}
	if all > 0 {
		s.Sudden = sudden / all
	}
	return s
}

// mostOf is the most of the steps of [from, to); false where nothing is known.
func mostOf(loads []float64, from, to int) (most float64, ok bool) {
	for i := max(0, from); i < to; i++ {
		if v := loads[i]; !math.IsNaN(v) {
			most, ok = max(most, v), true
		}
	}
	return most, ok
}
