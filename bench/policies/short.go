package main

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/scaler-dev/scaler/bench/trial"
)

// tally is what a policy of ours does with its default setting on some traces.
type tally struct {
	traces         int
	kept, possible []int     // by budget: by it, and by any setting of any policy
	cheaper        int       // than every incumbent's best setting at the same late share, or as little late as none
	overs, ratios  []float64 // to the oracle's cost, and of what is above it to the best incumbent's
}

func tallied(of []result, name string) tally {
	t := tally{traces: len(of)}
	for _, budget := range budgets() {
		t.kept = append(t.kept, count(of, func(r result) bool { return r.run(name, 1).Scores.Late <= budget }))
		t.possible = append(t.possible, count(of, func(r result) bool {
			return slices.ContainsFunc(r.runs, func(run trial.Run) bool { return run.Scores.Late <= budget })
		}))
	}
	for _, r := range of {
		run := r.run(name, 1)
		if c := r.over(run); c.Reached {
			t.overs = append(t.overs, c.Ratio)
		}
		cost, rival := r.cheapest(run.Scores.Late)
		if rival == nil || run.Scores.Hours < cost {
			t.cheaper++
		}
		if v, ok := r.waste(run, cost, rival); ok {
			t.ratios = append(t.ratios, v)
		}
	}
	return t
}

// inShort is the policy that leads, over all that was tried.
func (b *book) inShort() {
	b.printf("\n# In short\n\nThe policy that leads, with its default setting on every trace, beside each incumbent's best setting on that trace, found in hindsight, at the late share\n")
	b.printf("that ours has. The ratio is of replica-hours above the oracle's: 0.5 is half of the best incumbent's waste. Where no incumbent is as little late, there is none.\n\n")
	b.header("", "traces", "keeps 0.1 %, of those that anything can", "keeps 1 %, of those that anything can", "cheaper than the best incumbent", "over the oracle, geometric mean", "ratio to the best incumbent, geometric mean")
	var all tally
	for _, k := range kinds() {
		for _, c := range contenders(k, false) {
			if c.lead && len(b.of(k)) > 0 {
				t := tallied(b.of(k), "scaler/"+c.name)
				b.short(k.title()+", scaler/"+c.name, t)
				all = all.and(t)
			}
		}
	}
	b.short("all", all)
}

func (t tally) and(o tally) tally {
	sum := tally{traces: t.traces + o.traces, cheaper: t.cheaper + o.cheaper, overs: slices.Concat(t.overs, o.overs), ratios: slices.Concat(t.ratios, o.ratios)}
	sum.kept, sum.possible = slices.Clone(o.kept), slices.Clone(o.possible)
	for i := range t.kept {
		sum.kept[i] += t.kept[i]
		sum.possible[i] += t.possible[i]
	}
	return sum
}

func (b *book) short(title string, t tally) {
	of := func(i int) string { return fmt.Sprintf("%d of %d", t.kept[i], t.possible[i]) }
	b.row(title, strconv.Itoa(t.traces), of(0), of(1), fmt.Sprintf("%d of %d", t.cheaper, t.traces), mean(t.overs, share1), mean(t.ratios, plain))
}
