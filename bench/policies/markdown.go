package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/bench/score"
	"github.com/scaler-dev/scaler/bench/trial"
)

func names(k kind) []string {
	var out []string
	for _, c := range contenders(k, false) {
		out = append(out, "scaler/"+c.name)
	}
	return append(out, k.rivals()...)
}

// markdown is the document.
func (s settings) markdown(results []result, machine string, took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Policies beside each other

Written by `+"`make bench-policies`"+` on %s in %s (%s). Models throughout: requests are a fluid, a replica serves what makes the highest load of a
trace need %g of them, and takes %s to start; late is what takes more than a second; steps of %s. No randomness, so no seeds.

Each policy is swept over 16 targets; costs are replica-hours, start-up included, above those of an oracle that knows the traffic and has the same
share of late requests, at that share exactly (between two settings on the straight line). "n.r." is not reachable: every setting is later. The
policies see the load of the last 15 s at once; target tracking sees minutes. [docs/replay.md](../docs/replay.md) says what is not modelled; target tracking and predictive scaling are
models whose arithmetic AWS does not publish.

`, time.Now().UTC().Format("2006-01-02"), took.Round(time.Second), machine, s.peak, s.startUp, s.step)
	fmt.Fprintf(&b, "Parameters: %s.%s\n", s.hash(), s.longer(results))
	for i, budget := range budgets() {
		fmt.Fprintf(&b, "\n## At %.3g %% late\n\n", 100*budget)
		table(&b, results, i, budget)
	}
	b.WriteString("\n## With its default setting\n\nScaler's policy with one setting for all traces, beside each incumbent's best setting in hindsight at the same lateness.\n\n")
	atOurs(&b, results)
	return b.String()
}

// longer tells the traces that were replayed in longer steps.
func (s settings) longer(results []result) string {
	var names []string
	for _, r := range results {
		if r.Step != s.step {
			names = append(names, fmt.Sprintf("%s in steps of %s", r.name, r.Step))
		}
	}
	if names == nil {
		return ""
	}
	return " Long traces are replayed in longer steps: " + strings.Join(names, ", ") + "."
}

// hash is of what the policies were set to.
func (s settings) hash() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %v %v %v %v %v %v", around, ours(), s.step, s.startUp, s.peak, budgets(), requests.rivals()))
	return hex.EncodeToString(sum[:6])
}

func table(b *strings.Builder, results []result, i int, budget float64) {
	names := names(results[0].kind)
	cells := make([][]score.Cell, len(names))
	fmt.Fprintf(b, "| trace | oracle, replica-hours | %s |\n|---|---|%s\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, r := range results {
		texts := make([]string, len(names))
		for n, name := range names {
			cell := score.Cell{}
			if cost, _, ok := r.frontiers[name].At(budget); ok && r.oracles[i].Low > 0 {
				cell = score.Cell{Ratio: cost / r.oracles[i].Low, Reached: true}
			}
			cells[n] = append(cells[n], cell)
			texts[n] = text(cell)
		}
		fmt.Fprintf(b, "| %s | %.0f | %s |\n", r.name, r.oracles[i].Low, strings.Join(texts, " | "))
	}
	b.WriteString("\n| | wins | losses | ties | reached | geometric mean over the oracle | worst |\n|---|---|---|---|---|---|---|\n")
	for n, sum := range score.Compare(cells) {
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d of %d | %s | %s |\n", names[n], sum.Wins, sum.Losses, sum.Ties, sum.Reached, sum.Reached+sum.Unreached,
			text(score.Cell{Ratio: sum.Mean, Reached: sum.Reached > 0}), text(score.Cell{Ratio: sum.Worst, Reached: sum.Reached > 0}))
	}
}

func text(c score.Cell) string {
	if !c.Reached {
		return "n.r."
	}
	return fmt.Sprintf("%+.0f %%", 100*(c.Ratio-1))
}

// atOurs compares at the lateness that our default setting has on each trace.
func atOurs(b *strings.Builder, results []result) {
	fmt.Fprintf(b, "| trace | late | replica-hours | starts a day | cheapest incumbent at that lateness |\n|---|---|---|---|---|\n")
	for _, r := range results {
		mine := r.usual[slices.IndexFunc(r.usual, func(run trial.Run) bool { return strings.HasPrefix(run.Name, "scaler/") })]
		best, by := 0.0, ""
		for _, name := range r.kind.rivals() {
			if cost, setting, ok := r.frontiers[name].At(mine.Scores.Late); ok && (by == "" || cost < best) {
				best, by = cost, fmt.Sprintf("%s at %s times its target", name, setting)
			}
		}
		cheapest := "none is as little late"
		if by != "" {
			cheapest = fmt.Sprintf("%s: %+.0f %%", by, 100*(best/mine.Scores.Hours-1))
		}
		fmt.Fprintf(b, "| %s | %.3g %% | %.0f | %.0f | %s |\n", r.name, 100*mine.Scores.Late, mine.Scores.Hours, mine.Scores.StartsADay, cheapest)
	}
}
