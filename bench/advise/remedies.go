package advise

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/explain"
)

// Remedy is a change of the service, rather than of its policy, with which the least
// late candidate keeps the budget.
type Remedy struct {
	Text   string       `json:"text"`
	Scores trial.Scores `json:"scores"`
}

// attempt is a service changed by so much.
type attempt struct {
	text   string
	change func(*document)
}

// remedies are the smallest change of each kind that is enough.
func remedies(ctx context.Context, ask Ask, documents []document, a *Advice) ([]Remedy, error) {
	least, _ := a.Best()
	d := documents[slices.IndexFunc(documents, func(d document) bool { return d.name == least.Name })]
	var out []Remedy
	for _, kind := range [][]attempt{starts(ask), reserves(ask), waits(ask)} {
		for _, try := range kind {
			changed := d.clone()
			try.change(&changed)
			r, err := trial.Try(ctx, changed.settings(ask))
			if err != nil {
				return nil, fmt.Errorf("try %s: %w", try.text, err)
			}
			if s := r.Runs[0].Scores; s.Late <= ask.Budget {
				out = append(out, Remedy{try.text, s})
				break
			}
		}
	}
	return out, nil
}

func (d document) clone() document {
	p, r := *d.policy, *d.replay
	d.policy, d.replay = &p, &r
	return d
}

// starts are replicas that start faster, slowest first.
func starts(ask Ask) []attempt {
	var out []attempt
	for _, by := range []time.Duration{2, 4, 8} {
		median := (ask.Plant.StartUp.Median.Duration / by).Round(time.Second)
		if median < time.Second {
			break
		}
		out = append(out, attempt{
			fmt.Sprintf("replicas that start in %s rather than %s", explain.Duration(median), explain.Duration(ask.Plant.StartUp.Median.Duration)),
			func(d *document) {
				d.replay.Spec.Plant.StartUp = v1alpha1.ReplayStartUp{Median: v1alpha1.Duration{Duration: median}}
			},
		})
	}
	return out
}

// reserves are replicas that always run, fewest first.
func reserves(ask Ask) []attempt {
	peak := 0.0
	for _, v := range ask.Trace.Loads() {
		if v > peak {
			peak = v
		}
	}
	var out []attempt
	for _, share := range []float64{0.1, 0.25, 0.5, 0.75, 1} {
		n := int32(math.Ceil(share * peak / ask.rate()))
		if n <= ask.Min || n > ask.Max {
			continue
		}
		out = append(out, attempt{
			fmt.Sprintf("a reserve: replicas.min %d, %.0f %% of what the peak needs", n, 100*share),
			func(d *document) {
				d.policy.Spec.Replicas.Min = n
				begin := max(n, *ask.Plant.Replicas)
				d.replay.Spec.Plant.Replicas = &begin
			},
		})
	}
	return out
}

// waits are callers that wait longer, as those of a queue do, shortest first.
func waits(ask Ask) []attempt {
	var out []attempt
	for _, by := range []time.Duration{2, 5, 30, 120} {
		within := ask.Within * by
		out = append(out, attempt{
			fmt.Sprintf("time to wait, as in a queue: %s rather than %s", explain.Duration(within), explain.Duration(ask.Within)),
			func(d *document) { d.replay.Spec.Objective.Latency.Duration = within },
		})
	}
	return out
}
