package main

import (
	"fmt"
	"strings"

	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/explain"
)

// narrow is the difference of cost that is no loss.
const narrow = 0.03

// loss is where an incumbent did better than our policy with its default setting.
type loss struct {
	r          result
	mine       *trial.Run
	rival      *trial.Run // with its best setting in hindsight; nil: none is as little late
	saves      float64    // the share of our cost that it saves at our lateness
	unreached  []float64  // budgets that ours does not keep with any setting, and an incumbent does
	unreacheds []string   // who does
}

// losses has a paragraph for each, of what the run tells.
func (b *book) losses() {
	b.printf("\n# Where ours lose\n\nFor every trace on which an incumbent's best setting in hindsight is cheaper by more than %.0f %% at the lateness of our default, or keeps a budget that\n", 100*narrow)
	b.printf("no setting of ours does: what happened in our worst ten minutes, what the decision's trail said at their end, and what the incumbent did otherwise.\n")
	none := true
	for _, r := range b.results {
		for _, c := range contenders(r.kind, false) {
			if l, ok := r.loss(c); ok && c.lead {
				b.printf("\n%s\n", l.paragraph())
				none = false
			}
		}
	}
	if none {
		b.printf("\nThere is none.\n")
	}
}

func (r *result) loss(c contender) (loss, bool) {
	l := loss{r: *r, mine: r.run("scaler/"+c.name, 1)}
	cost, rival := r.cheapest(l.mine.Scores.Late)
	if rival != nil && cost < l.mine.Scores.Hours*(1-narrow) {
		l.rival, l.saves = rival, 1-cost/l.mine.Scores.Hours
	}
	for _, budget := range budgets() {
		if _, _, ok := r.frontiers[l.mine.Name].At(budget); ok {
			continue
		}
		if _, who := r.cheapest(budget); who != nil {
			l.unreached, l.unreacheds = append(l.unreached, budget), append(l.unreacheds, called(who))
		}
	}
	return l, l.rival != nil || l.unreached != nil
}

// called is a run with its setting.
func called(run *trial.Run) string {
	if run.Factor == 1 {
		return run.Name + " with its usual target"
	}
	return fmt.Sprintf("%s at %g times its usual target", run.Name, run.Factor)
}

func (l loss) paragraph() string {
	s := []string{fmt.Sprintf("**%s, as %s.** %s has %s late for %s replica-hours.", l.r.name, l.r.kind, l.mine.Name, late(l.mine), explain.Number(round(l.mine.Scores.Hours)))}
	if l.rival != nil {
		s = append(s, fmt.Sprintf("As little late for %.0f %% less is %s.", 100*l.saves, called(l.rival)))
	}
	for i, who := range l.unreacheds {
		if i > 0 && l.unreacheds[i-1] == who {
			s = append(s, fmt.Sprintf("Nor is any for %.3g %%.", 100*l.unreached[i]))
			continue
		}
		s = append(s, fmt.Sprintf("To keep %.3g %% no setting of ours is enough; %s does.", 100*l.unreached[i], who))
	}
	s = append(s, l.worst()...)
	return strings.Join(append(s, l.otherwise()...), " ")
}

// worst tells the ten minutes in which most was late.
func (l loss) worst() []string {
	w := l.mine.Worst
	if w == nil {
		return []string{"Nothing of ours was late: what is lost is replicas that were not needed."}
	}
	part := min(1, w.Late/l.mine.Score.Late)
	where := "it is spread over many such times"
	switch {
	case part > 0.5:
		where = "one event"
	case part > 0.1:
		where = "one of a few events"
	}
	s := []string{
		fmt.Sprintf("Of all that was late %s fell in the ten minutes until %s: %s.", percent(part), w.To.UTC().Format("2006-01-02 15:04"), where),
		fmt.Sprintf("When most was missing %s, %d starting, and the traffic needed %d: %s.", isReady(w.Short.Ready), w.Short.Starting, w.Short.Needed, cause(w.Short, l.r)),
	}
	if w.Decision != nil {
		s = append(s, fmt.Sprintf("At their end the trail says: *%s*.", strings.TrimSuffix(explain.Why(*w.Decision, explain.Options{}), ".")))
	}
	return s
}

// percent of a share, without digits that nobody reads.
func percent(v float64) string {
	if v >= 0.1 {
		return fmt.Sprintf("%.0f %%", 100*v)
	}
	return fmt.Sprintf("%.2g %%", 100*v)
}

func isReady(n int32) string {
	if n == 1 {
		return "1 replica was ready"
	}
	return fmt.Sprintf("%d replicas were ready", n)
}

// cause is what kept the traffic from being served.
func cause(w trial.Short, r result) string {
	before := max(1, w.Ready)
	switch {
	case w.Ready >= w.Needed && r.kind.isQueue():
		return "what was late had waited before, for there was enough for what arrived"
	case w.Ready >= w.Needed:
		return "in the mean of a step there was enough"
	case w.Ready+w.Starting >= w.Needed:
		return fmt.Sprintf("all of it had been ordered, and was late by the %s that a replica takes to start", explain.Duration(r.on.startUp))
	case w.Needed >= 2*before:
		return fmt.Sprintf("the traffic had grown to %.1f times what was ready before what it needs was ordered; nothing that takes %s to start follows that without knowing it in advance",
			float64(w.Needed)/float64(before), explain.Duration(r.on.startUp))
	default:
		return "less had been ordered than the traffic needed by then: the margin was smaller than its growth while replicas started"
	}
}

// otherwise tells what the incumbent did otherwise, from what both held on average.
func (l loss) otherwise() []string {
	other := l.rival
	if other == nil {
		_, other = l.r.cheapest(l.unreached[len(l.unreached)-1])
	}
	a, b := l.mine.Score.Elasticity, other.Score.Elasticity
	s := []string{fmt.Sprintf("Ours was short of replicas for %s of the time and held %.0f %% more than needed on average; %s was short for %s and held %.0f %% more, with %.1f times our starts a day.",
		percent(a.UnderTime), 100*a.OverAccuracy, other.Name, percent(b.UnderTime), 100*b.OverAccuracy, other.Scores.StartsADay/max(1e-9, l.mine.Scores.StartsADay))}
	if text := ahead(other, l.mine, b.OverAccuracy < a.OverAccuracy); text != "" {
		s = append(s, text)
	}
	return s
}

// ahead says in what the incumbent's way differs; holdsLess, that it does so on average.
func ahead(other, mine *trial.Run, holdsLess bool) string {
	switch {
	case other.Name == "predictive":
		return "It adds in advance what it expects of each hour by the hours of the last days."
	case other.Factor > 1 && mine.Worst == nil:
		return "Its margin is narrower than its usual one, which this traffic allows; our default keeps one for traffic that does not."
	case other.Factor > 1:
		return "It gets there with a narrower margin than its usual one, found in hindsight: this traffic allows it."
	case other.Factor < 1 && holdsLess:
		return "With a wider margin than its usual one, found in hindsight, it still holds less on average: it lets go of replicas sooner."
	case other.Factor < 1:
		return "It pays for a wider margin than its usual one, found in hindsight."
	case other.Name == "kpa":
		return "It reacts to the last 6 s when they are twice what it has, and lets go of replicas after a minute."
	default:
		return ""
	}
}

func round(v float64) float64 { return float64(int64(v + 0.5)) }
