package main

import (
	"fmt"
	"strconv"

	"github.com/scaler-dev/scaler/bench/score"
)

// equal compares at the same late share, each with its best setting in hindsight.
func (b *book) equal(k kind, i int, budget float64) {
	names := names(k)
	cells := make([][]score.Cell, len(names))
	head := []string{"trace", "oracle, replica-hours"}
	b.header(append(head, names...)...)
	for _, r := range b.of(k) {
		bound := r.oracles[i]
		known := fmt.Sprintf("%.0f", bound.Low)
		if k.isQueue() {
			known = fmt.Sprintf("%.0f to %.0f", bound.Low, bound.High)
		}
		if !bound.Reachable {
			known += ", and later than that"
		}
		row := []string{r.name, known}
		for n, name := range names {
			cell := score.Cell{}
			if cost, _, ok := r.frontiers[name].At(budget); ok && bound.Low > 0 {
				cell = score.Cell{Ratio: cost / bound.Low, Reached: true}
			}
			cells[n] = append(cells[n], cell)
			row = append(row, over(cell))
		}
		b.row(row...)
	}
	b.printf("\nEvery pair of two policies on a trace is a win, a loss or a tie (within 0.5 %%); to reach the late share wins over not to.\n\n")
	b.header("", "wins", "losses", "ties", "reached", "geometric mean over the oracle", "worst")
	for n, sum := range score.Compare(cells) {
		b.row(names[n], strconv.Itoa(sum.Wins), strconv.Itoa(sum.Losses), strconv.Itoa(sum.Ties), fmt.Sprintf("%d of %d", sum.Reached, sum.Reached+sum.Unreached),
			over(score.Cell{Ratio: sum.Mean, Reached: sum.Reached > 0}), over(score.Cell{Ratio: sum.Worst, Reached: sum.Reached > 0}))
	}
}

func over(c score.Cell) string {
	if !c.Reached {
		return "n.r."
	}
	return share(c.Ratio - 1)
}

// share is a signed one.
func share(v float64) string { return fmt.Sprintf("%+.0f %%", 100*v) }
