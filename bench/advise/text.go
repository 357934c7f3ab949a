package advise

import (
	"fmt"
	"math"
	"strings"

	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/explain"
)

// Text is the advice for people.
func (a *Advice) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %.1f days of traffic; %.3g %% may take longer than %s\n\n", a.Trace, a.Sureness.Days, 100*a.Budget, explain.Duration(a.Within))
	a.table(&b)
	b.WriteString("\n")
	for _, line := range append(a.verdict(), a.sure()...) {
		b.WriteString(line + "\n")
	}
	if best, ok := a.Best(); ok {
		fmt.Fprintf(&b, "\n%s", best.Document)
	}
	return b.String()
}

func (a *Advice) table(b *strings.Builder) {
	rows := [][]string{{"policy", "keeps it", "late", "replica-hours", "beside today", "longest", "starts/day"}}
	add := func(c Candidate) {
		keeps := "no"
		if c.Keeps {
			keeps = "yes"
		}
		texts := c.Scores.Texts()
		rows = append(rows, []string{c.Name, keeps, texts[0], texts[1], change(c.Scores.Hours, a.Today.Scores.Hours), texts[3], texts[5]})
	}
	for _, c := range a.Tried {
		add(c)
	}
	add(a.Today)
	rows[len(rows)-1][0] += " (" + a.Today.Title + ")"
	trial.WriteTable(b, rows)
}

// change is one cost beside another, to the per cent.
func change(v, of float64) string {
	percent := math.Round(100 * (v/of - 1))
	if of <= 0 || percent == 0 {
		return "–"
	}
	return fmt.Sprintf("%+.0f %%", percent)
}

// verdict tells what to do.
func (a *Advice) verdict() []string {
	best, ok := a.Best()
	if ok {
		out := []string{fmt.Sprintf("Use %s: it %s. %s", best.Name, best.Title, a.beside(best))}
		switch {
		case !a.Today.Keeps:
			out = append(out, fmt.Sprintf("%s does not keep the budget: %.3g %% is late.", a.Today.Name, 100*a.Today.Scores.Late))
		case a.Today.Scores.Hours <= best.Scores.Hours:
			out = append(out, a.Today.Name+" keeps the budget too, and is no dearer: there is no need to change.")
		}
		return out
	}
	if a.Today.Keeps {
		return []string{fmt.Sprintf("Stay with %s: it keeps the budget, and none of Scaler's policies does: the least late is %s, with %s.", a.Today.Name, best.Name, a.late(best))}
	}
	out := []string{fmt.Sprintf("No policy keeps the budget: the least late is %s, with %s. A policy alone is not the answer here.", best.Name, a.late(best))}
	if len(a.Remedies) == 0 {
		return append(out, "Nor is any of these alone: a start-up eight times faster, a reserve as large as the peak, 120 times longer to wait.")
	}
	out = append(out, "With "+best.Name+" the budget is kept by any of these:")
	for _, r := range a.Remedies {
		out = append(out, fmt.Sprintf("  - %s (%.1f replica-hours, %s beside today)", r.Text, r.Scores.Hours, change(r.Scores.Hours, a.Today.Scores.Hours)))
	}
	return out
}

// late is the share of a candidate that exceeds the budget, which may be by little.
func (a *Advice) late(c Candidate) string {
	text, budget := fmt.Sprintf("%.3g %%", 100*c.Scores.Late), fmt.Sprintf("%.3g %%", 100*a.Budget)
	if text == budget {
		return "just over " + text
	}
	return text
}

// beside tells a candidate's cost beside today's.
func (a *Advice) beside(c Candidate) string {
	today := a.Today.Scores.Hours
	if today <= 0 {
		return ""
	}
	share := c.Scores.Hours/today - 1
	switch {
	case math.Abs(share) < 0.005:
		return "It costs what " + a.Today.Name + " does."
	case share < 0:
		return fmt.Sprintf("It costs %.0f %% less than %s.", -100*share, a.Today.Name)
	default:
		return fmt.Sprintf("It costs %.0f %% more than %s.", 100*share, a.Today.Name)
	}
}

// The days from which traffic speaks for itself: two weeks know their weekends.
const (
	fewDays  = 2
	someDays = 14
	// muchSudden is the share of sudden traffic that is worth a word.
	muchSudden = 0.001
	// manyGaps is the share of missing time that is.
	manyGaps = 0.05
)

// sure tells how far to trust it.
func (a *Advice) sure() []string {
	s := a.Sureness
	var out []string
	switch {
	case s.Days < fewDays:
		out = append(out, fmt.Sprintf("Not sure: %.1f days are too few to tell one day from the next. Record a week or two with scaler record.", s.Days))
	case s.Days < someDays:
		out = append(out, fmt.Sprintf("Fairly sure: %.0f days know no second weekend. Two weeks would.", s.Days))
	default:
		out = append(out, fmt.Sprintf("As sure as %.0f days of traffic make it: what they did not hold, no replay shows.", s.Days))
	}
	if s.Sudden > muchSudden {
		out = append(out, fmt.Sprintf("%.2g %% of the traffic is sudden: it comes at more than twice what there was a start-up before. No policy that sees only the last minutes can have replicas ready for that.", 100*s.Sudden))
	}
	if s.Gaps > manyGaps {
		out = append(out, fmt.Sprintf("%.0f %% of the time is missing from the traffic, and was not tried.", 100*s.Gaps))
	}
	return append(out, "Start-up and capacity are what you gave; the model's replicas are all alike and its arrivals a fluid.")
}
