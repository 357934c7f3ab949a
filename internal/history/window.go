package history

import (
	"fmt"
	"math"
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Window is what is fetched: whole steps of the past.
type Window struct {
	From, To time.Time
	Step     time.Duration
}

const (
	day = 24 * time.Hour
	// Settled is how long ago the last datapoints of CloudWatch may still come in.
	Settled = 5 * time.Minute
	// maxRows bounds a trace.
	maxRows = 1_000_000
	least   = time.Minute // of CloudWatch's metrics of SQS and load balancers
)

// kept is for how long CloudWatch keeps datapoints of a period.
func kept() []struct{ period, age time.Duration } {
	return []struct{ period, age time.Duration }{{time.Minute, 15 * day}, {5 * time.Minute, 63 * day}, {time.Hour, 455 * day}}
}

// NewWindow makes the window of a plan. A step of 0 is a minute, or the shortest that
// CloudWatch still has of that time; begin and end are moved to whole steps within.
func NewWindow(p Plan, from, to, now time.Time, step time.Duration) (Window, error) {
	cloudWatch := p.Traffic.cloudWatch()
	w := Window{Step: step}
	if w.Step == 0 {
		w.Step = time.Minute
	}
	if cloudWatch {
		shortest, err := shortest(now.Sub(from))
		switch {
		case err != nil:
			return w, err
		case step == 0:
			w.Step = shortest
		case step%shortest != 0:
			return w, fmt.Errorf("CloudWatch has datapoints of %s as far back as %s: the step %s must be a multiple of that, or the begin later", text(shortest), from.UTC().Format(time.RFC3339), text(step))
		}
	}
	w.From, w.To = from.UTC().Truncate(w.Step), to.UTC().Truncate(w.Step)
	if w.From.Before(from) {
		w.From = w.From.Add(w.Step)
	}
	switch rows := w.To.Sub(w.From) / w.Step; {
	case w.Step < time.Second || w.Step%time.Second != 0:
		return w, fmt.Errorf("the step %s must be whole seconds", text(step))
	case to.After(now):
		return w, fmt.Errorf("the end %s is in the future", to.UTC().Format(time.RFC3339))
	case rows < 2:
		return w, fmt.Errorf("from %s to %s there are not two steps of %s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339), text(w.Step))
	case rows > maxRows:
		return w, fmt.Errorf("%d steps of %s are more than %d: take a longer step", rows, text(w.Step), maxRows)
	}
	return w, nil
}

// shortest is the shortest period that CloudWatch still has of an age.
func shortest(age time.Duration) (time.Duration, error) {
	for _, k := range kept() {
		if age <= k.age {
			return k.period, nil
		}
	}
	return 0, fmt.Errorf("CloudWatch keeps nothing for longer than %d days, and the begin is %.0f days ago", 455, math.Ceil(age.Hours()/day.Hours()))
}

// chunkRows is how many steps are fetched at once.
const chunkRows = 1440

// chunks cuts the window into what is fetched at once.
func (w Window) chunks() []signals.Window {
	var out []signals.Window
	for at := w.From; at.Before(w.To); {
		end := at.Add(chunkRows * w.Step)
		if end.After(w.To) {
			end = w.To
		}
		out = append(out, signals.Window{From: at, To: end})
		at = end
	}
	return out
}

// text writes a duration as people do.
func text(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
