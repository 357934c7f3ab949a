package scrape

import (
	"math"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// number is what one subject makes of the series that match it.
type number struct {
	subject   signals.Subject
	metric    string
	labels    map[string]string
	aggregate v1alpha1.ScrapeAggregate
	counter   *counter // nil: the value counts, not its growth
}

func newNumber(q Query) *number {
	n := &number{subject: q.Subject, metric: q.Spec.Metric, labels: q.Spec.Labels, aggregate: q.Spec.Aggregate}
	if q.Spec.Rate {
		n.counter = &counter{}
	}
	return n
}

func (n *number) matches(l line) bool {
	for name, value := range n.labels {
		if l.get(name) != value {
			return false
		}
	}
	return true
}

// outcome makes the sample. A metric that is not there, not a number or not to be
// believed is a failure, never 0.
func (n *number) outcome(f found, w signals.Window) signals.Outcome {
	o := signals.Outcome{Subject: n.subject}
	if o.Err = check(f); o.Err != nil {
		if n.counter != nil && len(f.points) == 0 {
			n.counter.forget() // it begins anew, if it comes back
		}
		return o
	}
	values := make([]float64, 0, len(f.points))
	if n.counter != nil {
		if values, o.Err = n.counter.rates(f.points, w); o.Err != nil {
			return o
		}
	} else {
		for _, p := range f.points {
			values = append(values, p.value)
		}
	}
	s := signals.Sample{At: oldest(f.points), Value: aggregated(n.aggregate, values)}
	if math.IsInf(s.Value, 0) || math.IsNaN(s.Value) {
		o.Err = &signals.Error{Reason: signals.Invalid, Detail: "the result is not a finite number"}
		return o
	}
	o.Samples = []signals.Sample{s}
	return o
}

// check tells what keeps a page's series from being a number.
func check(f found) *signals.Error {
	switch {
	case !f.named:
		return &signals.Error{Reason: signals.Missing, Detail: "the page has no series of this name"}
	case len(f.points) == 0:
		return &signals.Error{Reason: signals.Absent, Detail: "no series of this name has these labels", Answered: true}
	}
	seen := make(map[string]bool, len(f.points))
	for _, p := range f.points {
		switch {
		case seen[p.series]:
			return parse("the page has a series twice")
		case math.IsNaN(p.value): // a stale marker too
			return &signals.Error{Reason: signals.Absent, Detail: "the value is NaN", Answered: true}
		case math.IsInf(p.value, 0):
			return &signals.Error{Reason: signals.Invalid, Detail: "the value is infinite"}
		case !p.at.IsZero() && !believable(p.at):
			return &signals.Error{Reason: signals.Invalid, Detail: "the timestamp is not an instant of our time"}
		}
		seen[p.series] = true
	}
	return nil
}

// believable keeps instants within what nanoseconds since 1970 can hold.
func believable(at time.Time) bool { return at.Year() >= 1970 && at.Year() < 2200 }

// oldest is the instant since which all of it is true; zero: the end of the fetch.
func oldest(points []point) time.Time {
	var at time.Time
	for _, p := range points {
		if !p.at.IsZero() && (at.IsZero() || p.at.Before(at)) {
			at = p.at
		}
	}
	return at
}

// aggregated makes one number of at least one.
func aggregated(how v1alpha1.ScrapeAggregate, values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	switch how {
	case v1alpha1.AggregateAverage:
		return sum / float64(len(values))
	case v1alpha1.AggregateMax:
		return slices.Max(values)
	case v1alpha1.AggregateMin:
		return slices.Min(values)
	case v1alpha1.AggregateSum:
		return sum
	default:
		return sum
	}
}
