package trial

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/report"
	"github.com/scaler-dev/scaler/internal/explain"
)

// Columns are the headings of a run's texts.
func Columns() []string {
	return []string{"late", "replica-hours", "over the oracle", "longest", "longest late run", "starts/day"}
}

// Meanings tell each of the Columns in a sentence.
func Meanings() []string {
	return []string{
		"the share of what arrived that took longer than the objective",
		"what replicas cost: from their order until they are gone, start-up and draining included",
		"how much more that is than somebody pays who knows the traffic beforehand",
		"the longest that one request or message took, from its arrival until it was done",
		"the longest time in which there was always something late",
		"replicas that were started, a day",
	}
}

// Texts are a run's scores for people, one for each column.
func (s Scores) Texts() []string {
	over := "–"
	if !math.IsNaN(s.Over) {
		over = fmt.Sprintf("%+.0f %%", 100*s.Over)
	}
	return []string{
		fmt.Sprintf("%.3g %%", 100*s.Late), fmt.Sprintf("%.1f", s.Hours), over,
		explain.Duration(s.WorstWait.Round(time.Millisecond)), explain.Duration(s.LongestRun), fmt.Sprintf("%.0f", s.StartsADay),
	}
}

// Usual are the runs with their usual target, of which a sweep adds others.
func (r *Result) Usual() []Run {
	return slices.DeleteFunc(slices.Clone(r.Runs), func(run Run) bool { return run.Factor != 1 })
}

// Notes tell what was tried.
func (s Settings) Notes(r *Result) []string {
	p := plantOf(s)
	start := explain.Duration(p.StartUp.Median)
	if p.StartUp.P90 > p.StartUp.Median {
		start += ", nine of ten in " + explain.Duration(p.StartUp.P90)
	}
	oracle := fmt.Sprintf("the oracle knows the traffic, and pays %.1f replica-hours at least for %.3g %% late", r.Oracle.Low, 100*s.Budget)
	if !r.Oracle.Reachable {
		oracle = fmt.Sprintf("the oracle knows the traffic, and %d replicas are too few even for it", s.Policy.Spec.Replicas.Max)
	}
	notes := []string{
		fmt.Sprintf("%s: %s from %s, in steps of %s", s.Name, explain.Duration(time.Duration(s.Trace.Len())*s.Trace.Step), s.Trace.Start.Format(time.RFC3339), s.Trace.Step),
		fmt.Sprintf("a model: a replica serves %s a second and starts in %s; %s", explain.Number(p.Rate), start, followed(s.Replay.Spec.Plant.Actuator)),
		"late: longer than " + explain.Duration(s.Replay.Spec.Objective.Latency.Duration),
		oracle,
	}
	for _, repair := range r.Repairs {
		notes = append(notes, "put right in the traffic: "+repair)
	}
	return notes
}

// followed tells what makes replicas of decisions.
func followed(by v1alpha1.ReplayActuator) string {
	switch by {
	case v1alpha1.ActuatorDirect:
		return "decisions are carried out at once"
	case v1alpha1.ActuatorHPA:
		return "decisions are carried out by a HorizontalPodAutoscaler"
	case v1alpha1.ActuatorTargetTracking:
		return "decisions are carried out by our model of target tracking"
	case v1alpha1.ActuatorFloor:
		return "decisions are carried out by our model of target tracking, with its floor"
	default:
		return "decisions are carried out by " + string(by)
	}
}

// Verdict is the first thing to know of the policy, in a sentence.
func (s Settings) Verdict(r *Result) string {
	run, late := r.Runs[0], explain.Duration(s.Replay.Spec.Objective.Latency.Duration)
	if run.Worst == nil {
		return fmt.Sprintf("%s was never late: nothing took longer than %s.", run.Name, late)
	}
	return fmt.Sprintf("%s was late: %.3g %% took longer than %s, worst from %s on.",
		run.Name, 100*run.Scores.Late, late, run.Worst.From.UTC().Format("2006-01-02 15:04 MST"))
}

// Page is the report of a result.
func (s Settings) Page(r *Result) *report.Page {
	p := &report.Page{
		Title: r.Runs[0].Name + " on " + s.Name, Verdict: s.Verdict(r), Notes: s.Notes(r), Columns: Columns(), Meanings: Meanings(), Oracle: means(r.Oracle.Schedule, strideOf(s.Trace.Len())),
		Frontiers: frontiers(r.Runs),
	}
	for i, at := range r.Times {
		p.Times = append(p.Times, at.Unix())
		if v := r.Demand[i]; math.IsNaN(v) {
			p.Demand = append(p.Demand, nil)
		} else {
			p.Demand = append(p.Demand, &v)
		}
	}
	for _, run := range r.Usual() {
		p.Runs = append(p.Runs, report.Run{Name: run.Name, Ready: run.Ready, Late: run.Late, Scores: run.Scores.Texts(), Worst: worstOf(run.Worst)})
	}
	return p
}

func means(schedule []int, stride int) []float64 {
	var out []float64
	for part := range slices.Chunk(schedule, stride) {
		sum := 0
		for _, n := range part {
			sum += n
		}
		out = append(out, float64(sum)/float64(len(part)))
	}
	return out
}

func worstOf(w *Worst) *report.Worst {
	if w == nil {
		return nil
	}
	out := &report.Worst{From: w.From.Unix(), To: w.To.Unix(), Text: w.String()}
	if w.Decision != nil {
		out.Trail = explain.Tree(*w.Decision, explain.Options{})
	}
	return out
}

// String tells it in a sentence.
func (w *Worst) String() string {
	return fmt.Sprintf("In its worst ten minutes %s were late, of %s that arrived. At their end %d replicas were ready, %d were starting, and the traffic needed %d.",
		explain.Number(math.Round(w.Late)), explain.Number(math.Round(w.Arrived)), w.Ready, w.Starting, w.Needed)
}

// frontiers are the runs of a sweep, by name; nil if there was none.
func frontiers(runs []Run) []report.Frontier {
	var out []report.Frontier
	swept := false
	for _, run := range runs {
		i := slices.IndexFunc(out, func(f report.Frontier) bool { return f.Name == run.Name })
		if i < 0 {
			i = len(out)
			out = append(out, report.Frontier{Name: run.Name})
		}
		swept = swept || run.Factor != 1
		out[i].Points = append(out[i].Points, report.Point{Target: run.Factor, Late: run.Scores.Late, Hours: run.Scores.Hours})
	}
	if !swept {
		return nil
	}
	return out
}

// Table is the result as text.
func (s Settings) Table(r *Result) string {
	var b strings.Builder
	for _, note := range s.Notes(r) {
		b.WriteString(note + "\n")
	}
	b.WriteString("\n")
	rows := [][]string{append([]string{"policy"}, Columns()...)}
	for _, run := range r.Usual() {
		rows = append(rows, append([]string{run.Name}, run.Scores.Texts()...))
	}
	WriteTable(&b, rows)
	b.WriteString("\n" + s.Verdict(r) + "\n")
	if worst := r.Runs[0].Worst; worst != nil {
		b.WriteString(worst.String() + "\n")
	}
	return b.String()
}

// WriteTable aligns the first column to the left and the others to the right.
func WriteTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		b.WriteString("\n")
	}
}
