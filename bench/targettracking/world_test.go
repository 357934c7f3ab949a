package targettracking_test

import (
	"math"
	"testing"
	"time"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

var began = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

// silence is a minute without a datapoint.
var silence = math.NaN()

// world is a service that does at once what it is told, and the model's clock.
type world struct {
	m   *targettracking.Model
	now time.Time
	s   targettracking.Service
}

// metric is the policy of most tests: the defaults, target 100.
func metric(change ...func(p *targettracking.Policy)) targettracking.Policy {
	p := targettracking.NewPolicy("", 100)
	for _, f := range change {
		f(&p)
	}
	return p
}

func named(name string) func(p *targettracking.Policy) {
	return func(p *targettracking.Policy) { p.Metric = name }
}

func noCooldowns(p *targettracking.Policy) { p.ScaleOutCooldown, p.ScaleInCooldown = 0, 0 }

func target(policies ...targettracking.Policy) targettracking.Settings {
	return targettracking.Settings{Min: 1, Max: 100, Policies: policies}
}

func newWorld(s targettracking.Settings, tasks int32) *world {
	w := &world{m: targettracking.New(s), now: began, s: targettracking.Service{Desired: tasks, Running: tasks}}
	w.step()
	return w
}

// step steps without time passing.
func (w *world) step(points ...targettracking.Datapoint) targettracking.Outcome {
	out := w.m.Step(w.now, w.s, points...)
	w.s.Desired, w.s.Running = out.Desired, out.Desired
	return out
}

// minute lets a minute pass with a datapoint.
func (w *world) minute(value float64) targettracking.Outcome {
	return w.minuteOf(map[string]float64{"": value})
}

func (w *world) minuteOf(values map[string]float64) targettracking.Outcome {
	var points []targettracking.Datapoint
	for name, v := range values {
		if !math.IsNaN(v) {
			points = append(points, targettracking.Datapoint{Metric: name, At: w.now, Value: v})
		}
	}
	w.now = w.now.Add(time.Minute)
	return w.step(points...)
}

// minutes are n of them; the last one's outcome.
func (w *world) minutes(n int, value float64) (out targettracking.Outcome) {
	for range n {
		out = w.minute(value)
	}
	return out
}

// until is how many minutes of a value it takes to leave the count; 0: more than
// most.
func (w *world) until(t testing.TB, most int, value float64) int {
	t.Helper()
	from := w.s.Desired
	for i := range most {
		if w.minute(value); w.s.Desired != from {
			return i + 1
		}
	}
	return 0
}
