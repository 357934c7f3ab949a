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
	b.printf("\n## %s with default settings\n\nOur policies have one setting for all traces; each incumbent has the setting that is best on that trace, in hindsight, at the same late share.\n", k.title())
	b.printf("The ratio is of replica-hours above the oracle's: 0.5 is half of the best incumbent's waste, above 1 is more than it.\n\n")
	b.header("", "keeps 0.1 %", "keeps 1 %", "cheaper than the best incumbent", "over the oracle, geometric mean", "worst", "ratio to the best incumbent, geometric mean", "worst")
	for _, c := range contenders(k, false) {
		b.defaultRow(k, "scaler/"+c.name)
	}
	possible := tallied(b.of(k), "scaler/"+contenders(k, false)[0].name).possible
	b.printf("\nOf %d traces, %d can be kept to 0.1 %% by any setting of any policy here, and %d to 1 %%.\n", len(b.of(k)), possible[0], possible[1])
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
	t := tallied(b.of(k), name)
	b.row(name, strconv.Itoa(t.kept[0]), strconv.Itoa(t.kept[1]), fmt.Sprintf("%d of %d", t.cheaper, t.traces), mean(t.overs, share1), worst(t.overs, share1), mean(t.ratios, plain), worst(t.ratios, plain))
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
