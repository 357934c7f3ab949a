package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/scaler-dev/scaler/bench/score"
	"github.com/scaler-dev/scaler/bench/trial"
)

// defaults has our policies with their default setting beside each incumbent's best
// setting in hindsight, at the lateness that ours have.
func (b *book) defaults(k kind) {
	b.printf("\n## %s with default settings\n\nOur policies have one setting for all traces; each incumbent has the setting that is best on that trace, in hindsight, at the same late share.\n", title(k))
	b.printf("The ratio is of replica-hours above the oracle's: 0.5 is half of the best incumbent's waste, above 1 is more than it.\n\n")
	b.header("", "keeps 0.1 %", "keeps 1 %", "cheaper than the best incumbent", "over the oracle, geometric mean", "worst", "ratio to the best incumbent, geometric mean", "worst")
	for _, c := range contenders(k, false) {
		b.defaultRow(k, "scaler/"+c.name)
	}
	possible := func(budget float64) int {
		return count(b.of(k), func(r result) bool {
			return slices.ContainsFunc(r.runs, func(run trial.Run) bool { return run.Scores.Late <= budget })
		})
	}
	b.printf("\nOf %d traces, %d can be kept to 0.1 %% by any setting of any policy here, and %d to 1 %%.\n", len(b.of(k)), possible(0.001), possible(0.01))
	for _, c := range contenders(k, false) {
		if c.lead {
			b.hindsight(k, c)
		}
	}
}

func count(of []result, f func(result) bool) int {
	n := 0
	for _, r := range of {
		if f(r) {
			n++
		}
	}
	return n
}

func (b *book) defaultRow(k kind, name string) {
	var overs, ratios []float64
	cheaper := 0
	for _, r := range b.of(k) {
		run := r.run(name, 1)
		if c := r.over(run); c.Reached {
			overs = append(overs, c.Ratio)
		}
		cost, rival := r.cheapest(run.Scores.Late)
		if rival == nil || run.Scores.Hours < cost {
			cheaper++
		}
		if v, ok := r.waste(run, cost, rival); ok {
			ratios = append(ratios, v)
		}
	}
	within := func(budget float64) string {
		return strconv.Itoa(count(b.of(k), func(r result) bool { return r.run(name, 1).Scores.Late <= budget }))
	}
	b.row(name, within(0.001), within(0.01), fmt.Sprintf("%d of %d", cheaper, len(b.of(k))), mean(overs, share1), worst(overs, share1), mean(ratios, plain), worst(ratios, plain))
}

// waste is the ratio of what a run of ours costs above the oracle's, to what the best
// incumbent does.
func (r *result) waste(run *trial.Run, cost float64, rival *trial.Run) (float64, bool) {
	bound, ok := r.own[run.Scores.Late]
	if !ok || rival == nil || cost <= bound.Low || run.Scores.Hours <= bound.Low {
		return 0, false
	}
	return (run.Scores.Hours - bound.Low) / (cost - bound.Low), true
}

// hindsight is the table of the policy that leads.
func (b *book) hindsight(k kind, c contender) {
	b.printf("\nscaler/%s, and what each incumbent's best setting costs at its late share, against it:\n\n", c.name)
	head := []string{"trace", "late", "replica-hours", "over the oracle"}
	b.header(slices.Concat(head, k.rivals(), []string{"ratio to the best"})...)
	for _, r := range b.of(k) {
		run := r.run("scaler/"+c.name, 1)
		row := []string{r.name, late(run), fmt.Sprintf("%.0f", run.Scores.Hours), over(r.over(run))}
		for _, name := range k.rivals() {
			cell := score.Cell{}
			if cost, _, ok := r.frontiers[name].At(run.Scores.Late); ok {
				cell = score.Cell{Ratio: cost / run.Scores.Hours, Reached: true}
			}
			row = append(row, over(cell))
		}
		cost, rival := r.cheapest(run.Scores.Late)
		ratio := "–"
		if v, ok := r.waste(run, cost, rival); ok {
			ratio = plain(v)
		}
		b.row(append(row, ratio)...)
	}
}

func late(run *trial.Run) string { return fmt.Sprintf("%.3g %%", 100*run.Scores.Late) }

func plain(v float64) string  { return fmt.Sprintf("%.2f", v) }
func share1(v float64) string { return share(v - 1) }

func mean(of []float64, text func(float64) string) string {
	if len(of) == 0 {
		return "–"
	}
	return text(geometric(of))
}

func worst(of []float64, text func(float64) string) string {
	if len(of) == 0 {
		return "–"
	}
	return text(slices.Max(of))
}

func geometric(of []float64) float64 {
	sum := 0.0
	for _, v := range of {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(max(1, len(of))))
}
