package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/scaler-dev/scaler/bench/trial"
)

// starts a day beside the HorizontalPodAutoscaler's, with default settings.
func (b *book) starts(k kind) {
	like := "hpa"
	if k.isQueue() {
		like = "hpa-backlog"
	}
	names := names(k)
	names = names[:len(names)-len(k.rivals())]
	b.printf("\n## %s: starts a day\n\nReplicas started a day with default settings, and how many times those of %s that is.\n\n", k.title(), like)
	b.header(slices.Concat([]string{"trace", like}, names)...)
	for _, r := range b.of(k) {
		theirs := r.run(like, 1).Scores.StartsADay
		row := []string{r.name, fmt.Sprintf("%.0f", theirs)}
		for _, name := range names {
			own := r.run(name, 1).Scores.StartsADay
			row = append(row, fmt.Sprintf("%.0f (%.1f)", own, own/theirs))
		}
		b.row(row...)
	}
}

// parts is the table of what each part of a policy earns.
func (b *book) parts(k kind) {
	parts := slices.DeleteFunc(contenders(k, true), func(c contender) bool { return c.of == "" })
	if len(parts) == 0 {
		return
	}
	b.printf("\n## %s: what each part earns\n\nThe policy without one of its parts, against the whole, with default settings: what it costs, and how late it is. A part earns its place\n", k.title())
	b.printf("where the policy without it is later, or dearer at the lateness that it has.\n\n")
	b.header("", "replica-hours", "later on", "less late on", "keeps 0.1 %", "keeps 1 %", "over the oracle of the same lateness", "starts a day")
	var wholes []string
	for _, c := range parts {
		if !slices.Contains(wholes, c.of) {
			wholes = append(wholes, c.of)
			b.part(k, "scaler/"+c.of, "scaler/"+c.of, "scaler/"+c.of)
		}
		b.part(k, "scaler/"+c.of, "scaler/"+c.name, c.title)
	}
}

func (b *book) part(k kind, whole, name, title string) {
	var hours, overs, starts []float64
	later, less := 0, 0
	for _, r := range b.of(k) {
		a, with := r.run(name, 1), r.run(whole, 1)
		if a == nil || with == nil {
			return
		}
		hours = append(hours, a.Scores.Hours/with.Scores.Hours)
		starts = append(starts, (a.Scores.StartsADay+1)/(with.Scores.StartsADay+1))
		if c := r.over(a); c.Reached {
			overs = append(overs, c.Ratio)
		}
		switch d := a.Scores.Late - with.Scores.Late; {
		case d > 0.02*with.Scores.Late+1e-6:
			later++
		case d < -0.02*with.Scores.Late-1e-6:
			less++
		}
	}
	b.row(title, mean(hours, share1), strconv.Itoa(later), strconv.Itoa(less), b.keeps(k, name, 0.001), b.keeps(k, name, 0.01), mean(overs, share1), mean(starts, share1))
}

func (b *book) keeps(k kind, name string, budget float64) string {
	return strconv.Itoa(count(b.of(k), func(r result) bool { return r.run(name, 1).Scores.Late <= budget }))
}

// ages is what old signals cost.
func (b *book) ages(k kind) {
	b.printf("\n## %s: signals fresh, and 90 s old\n\nThe same policies with the same settings, and signals as CloudWatch has them: of the last whole minute, a minute late.\n\n", k.title())
	b.header("", "keeps 0.1 %: fresh, old", "keeps 1 %: fresh, old", "later with old ones", "replica-hours", "over the oracle of the same lateness: fresh, old")
	for _, c := range contenders(k, false) {
		name := "scaler/" + c.name
		var hours, fresh, old []float64
		kept, later := [4]int{}, 0
		for _, r := range b.of(k) {
			now, was := r.run(name, 1), r.oldRun(name)
			hours = append(hours, was.Scores.Hours/now.Scores.Hours)
			fresh, old = append(fresh, r.over(now).Ratio), append(old, r.over(was).Ratio)
			for i, run := range []*trial.Run{now, was, now, was} {
				if run.Scores.Late <= budgets()[i/2] {
					kept[i]++
				}
			}
			if was.Scores.Late > now.Scores.Late*1.02+1e-6 {
				later++
			}
		}
		b.row(name, fmt.Sprintf("%d, %d", kept[0], kept[1]), fmt.Sprintf("%d, %d", kept[2], kept[3]), fmt.Sprintf("%d of %d", later, len(b.of(k))),
			mean(hours, share1), mean(fresh, share1)+", "+mean(old, share1))
	}
	b.agesByTrace(k)
}

func (r *result) oldRun(name string) *trial.Run {
	return &r.old[slices.IndexFunc(r.old, func(run trial.Run) bool { return run.Name == name })]
}

// agesByTrace is late shares and costs of the policy that leads.
func (b *book) agesByTrace(k kind) {
	for _, c := range contenders(k, false) {
		if !c.lead {
			continue
		}
		b.printf("\nscaler/%s:\n\n", c.name)
		b.header("trace", "late, fresh", "late, old", "replica-hours, fresh", "replica-hours, old")
		for _, r := range b.of(k) {
			now, was := r.run("scaler/"+c.name, 1), r.oldRun("scaler/"+c.name)
			b.row(r.name, late(now), late(was), fmt.Sprintf("%.0f", now.Scores.Hours), fmt.Sprintf("%.0f", was.Scores.Hours))
		}
	}
}

// leaveOneOut checks that no result hangs on a trace that a setting was found on.
func (b *book) leaveOneOut(k kind) {
	if len(b.of(k)) < 3 {
		return
	}
	b.printf("\n## %s: leaving one trace out\n\nDefault settings are not chosen by trace. The geometric mean over the oracle of the same lateness, without each of the traces in turn, is within\n", k.title())
	b.printf("this range. For what has a setting to turn, the one that is best on the others is tried on the trace that was left out: best is the least product of\n")
	b.printf("replica-hours over the oracle's at 1 %% and of how many times 1 %% is exceeded.\n\n")
	b.header("", "with all", "without one: from, to", "best setting on the others: from, to", "1 % kept on the one left out", "its replica-hours over the oracle's at 1 %", "with the default")
	for _, c := range contenders(k, false) {
		b.leftOut(k, c)
	}
}

func (b *book) leftOut(k kind, c contender) {
	name, all := "scaler/"+c.name, b.of(k)
	overs := func(of []result) float64 {
		var out []float64
		for _, r := range of {
			if cell := r.over(r.run(name, 1)); cell.Reached {
				out = append(out, cell.Ratio)
			}
		}
		return geometric(out)
	}
	var ranges, factors, costs, usual []float64
	kept := 0
	for i := range all {
		others := slices.Delete(slices.Clone(all), i, i+1)
		ranges = append(ranges, overs(others))
		factor := bestOn(others, name, append([]float64{1}, c.sweep...))
		factors = append(factors, factor)
		run := all[i].run(name, factor)
		if run.Scores.Late <= 0.01 {
			kept++
		}
		costs = append(costs, run.Scores.Hours/all[i].oracles[1].Low)
		usual = append(usual, all[i].run(name, 1).Scores.Hours/all[i].oracles[1].Low)
	}
	row := []string{name, share1(overs(all)), share1(slices.Min(ranges)) + ", " + share1(slices.Max(ranges)), "–", "–", "–", "–"}
	if len(c.sweep) > 0 {
		row = append(row[:3], fmt.Sprintf("%g, %g", slices.Min(factors), slices.Max(factors)), fmt.Sprintf("%d of %d", kept, len(all)), mean(costs, share1), mean(usual, share1))
	}
	b.row(row...)
}

// bestOn is the one factor that is best on all of some traces.
func bestOn(of []result, name string, factors []float64) float64 {
	best, at := math.Inf(1), 1.0
	for _, f := range factors {
		sum := 0.0
		for _, r := range of {
			run := r.run(name, f)
			sum += math.Log(run.Scores.Hours/r.oracles[1].Low) + math.Log(max(1, run.Scores.Late/0.01))
		}
		if sum < best {
			best, at = sum, f
		}
	}
	return at
}
