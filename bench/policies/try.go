package main

import (
	"context"
	"strconv"

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
	usual     []trial.Run // ours, and those of ours without a part, and the rivals
	old       []trial.Run // ours, with old signals
	points    map[string][]score.Point
	frontiers map[string]score.Frontier
	oracles   []oracle.Bound // by budget
}

// try runs everything on a trace.
func (s settings) try(ctx context.Context, t traffic, k kind) (result, error) {
	r := result{traffic: t, kind: k, on: s.service(t, k), points: map[string][]score.Point{}, frontiers: map[string]score.Frontier{}}
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
	r.usual = got.Usual()
	for _, run := range got.Runs {
		r.points[run.Name] = append(r.points[run.Name], score.Point{
			Setting: strconv.FormatFloat(run.Factor, 'g', -1, 64), LateShare: run.Scores.Late, Cost: run.Scores.Hours,
		})
	}
	for name, sweep := range r.points {
		r.frontiers[name] = score.NewFrontier(sweep)
	}
	r.oracles = []oracle.Bound{got.Oracle}
	for _, budget := range budgets()[1:] {
		bound, err := trial.Oracle(at, budget)
		if err != nil {
			return r, err
		}
		r.oracles = append(r.oracles, bound)
	}
	r.old, _, err = s.defaults(ctx, t, k, aged(), false)
	return r, err
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
