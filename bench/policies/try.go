package main

import (
	"context"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/bench/oracle"
	"github.com/scaler-dev/scaler/bench/score"
	"github.com/scaler-dev/scaler/bench/trial"
)

// busy is the share of a replica's capacity that a policy asks for by default.
const busy = 0.7

// result is what was found on a trace.
type result struct {
	traffic

	kind      kind
	on        service
	runs      []trial.Run // ours, those of ours without a part, and the rivals, with all settings
	old       []trial.Run // ours with their default settings, with old signals
	frontiers map[string]score.Frontier
	oracles   []oracle.Bound           // by budget
	own       map[float64]oracle.Bound // by the late share of a run of ours with its default setting
}

// run is that of a policy with a factor of its setting.
func (r *result) run(name string, factor float64) *trial.Run {
	for i := range r.runs {
		if r.runs[i].Name == name && r.runs[i].Factor == factor {
			return &r.runs[i]
		}
	}
	return nil
}

// over is a run's cost as a multiple of the oracle's of the same late share.
func (r *result) over(run *trial.Run) score.Cell {
	bound, ok := r.own[run.Scores.Late]
	if !ok || bound.Low <= 0 {
		return score.Cell{}
	}
	return score.Cell{Ratio: run.Scores.Hours / bound.Low, Reached: true}
}

// cheapest incumbent at a late share, with its best setting in hindsight.
func (r *result) cheapest(late float64) (cost float64, run *trial.Run) {
	for _, name := range r.kind.rivals() {
		c, setting, ok := r.frontiers[name].At(late)
		if ok && (run == nil || c < cost) {
			factor, _ := strconv.ParseFloat(setting, 64)
			cost, run = c, r.run(name, factor)
		}
	}
	return cost, run
}

// try runs everything on a trace.
func (s settings) try(ctx context.Context, t traffic, k kind) (result, error) {
	r := result{traffic: t, kind: k, on: s.service(t, k), frontiers: map[string]score.Frontier{}, own: map[float64]oracle.Bound{}}
	at, err := s.trial(t, k)
	if err != nil {
		return r, err
	}
	at.Against, at.Sweep = k.rivals(), true
	if at.Variants, err = r.on.sweep(k); err != nil {
		return r, err
	}
	got, err := trial.Try(ctx, at)
	if err != nil {
		return r, err
	}
	r.runs, r.oracles = got.Runs, []oracle.Bound{got.Oracle}
	r.frontier()
	if r.old, _, err = s.defaults(ctx, t, k, aged(), false); err != nil {
		return r, err
	}
	return r, r.bounds(at)
}

// frontier of every policy's settings.
func (r *result) frontier() {
	points := map[string][]score.Point{}
	for _, run := range r.runs {
		points[run.Name] = append(points[run.Name], score.Point{
			Setting: strconv.FormatFloat(run.Factor, 'g', -1, 64), LateShare: run.Scores.Late, Cost: run.Scores.Hours,
		})
	}
	for name, sweep := range points {
		r.frontiers[name] = score.NewFrontier(sweep)
	}
}

// bounds asks the oracle for the other budgets, and for what our runs had.
func (r *result) bounds(at trial.Settings) error {
	lates := budgets()[1:]
	for _, run := range slices.Concat(r.runs, r.old) {
		if run.Factor == 1 && mine(run.Name) && !slices.Contains(lates, run.Scores.Late) {
			lates = append(lates, run.Scores.Late)
		}
	}
	found := make([]oracle.Bound, len(lates))
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, late := range lates {
		group.Go(func() (err error) {
			found[i], err = trial.Oracle(at, late)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, late := range lates {
		r.own[late] = found[i]
	}
	r.oracles = append(r.oracles, found[:len(budgets())-1]...)
	return nil
}

// sweep is every setting of every policy of ours.
func (s service) sweep(k kind) ([]trial.Variant, error) {
	var out []trial.Variant
	for _, c := range contenders(k, true) {
		for _, factor := range append([]float64{1}, c.sweep...) {
			v, err := s.variant(c, factor, fresh())
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
	}
	return out, nil
}
