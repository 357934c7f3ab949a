package explain

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/scaler-dev/scaler/internal/policy"
)

// Tree is a decision with its whole trail, ending in a line break.
func Tree(d policy.Decision, o Options) string {
	lines := branches(d, o)
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l.label))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", o.Paint(Bold, d.Policy.String()), headline(d, o))
	for i, l := range lines {
		branch := "├─"
		if i == len(lines)-1 {
			branch = "└─"
		}
		fmt.Fprintf(&b, "%s %-*s  %s\n", o.Paint(Dim, branch), width, l.label, o.Paint(l.colour, l.text))
	}
	return o.text(b.String())
}

type branch struct {
	label, text string
	colour      Colour
}

func branches(d policy.Decision, o Options) []branch {
	var lines []branch
	add := func(c Colour, label, text string) {
		if text != "" {
			lines = append(lines, branch{label, text, c})
		}
	}
	for _, r := range d.Signals {
		add(doubtColour(r.Value != nil), r.Name, reading(r))
	}
	add(doubtColour(d.Workload.State == policy.WorkloadKnown), "workload", workload(d.Workload))
	for _, p := range d.Proposals {
		add(doubtColour(p.State != policy.Doubtful), p.Demand, proposal(p))
	}
	for _, s := range d.Trail {
		add(stepColour(s), string(s.Stage), step(d, s))
	}
	for _, provider := range guarded(d) {
		add(Yellow, "lift", lift(provider, o))
	}
	return lines
}

func doubtColour(known bool) Colour {
	if known {
		return ""
	}
	return Red
}

func stepColour(s policy.Step) Colour {
	switch {
	case s.Stage == policy.StageFailSafe:
		return Red
	case s.Stage != policy.StageCombine && s.Before != s.After:
		return Yellow
	default:
		return ""
	}
}

// headline tells the number, or that there is none and why.
func headline(d policy.Decision, o Options) string {
	n, known := d.Desired.Replicas()
	switch {
	case d.Relayed():
		return relayed
	case !known:
		return o.Paint(Red, unknown(d))
	}
	text := o.Paint(Bold, "desired "+replicas(n))
	switch {
	case d.Previous == nil:
		return text + " (the first)"
	case *d.Previous == n:
		return text + " (unchanged)"
	default:
		return fmt.Sprintf("%s (was %s)", text, replicas(*d.Previous))
	}
}

// relayed is the headline of a policy that is not there to decide.
const relayed = "decides nothing: it publishes signals"

// unknown tells which reason, what it is about, and what it means.
func unknown(d policy.Decision) string {
	r := d.Desired.Reason()
	text := "desired is unknown"
	if r == "" {
		return text
	}
	subject := ""
	for _, s := range d.Trail {
		if s.Stage == policy.StageFailSafe && s.Subject != "" {
			subject = s.Subject + ": "
		}
	}
	return fmt.Sprintf("%s: %s%s (%s)", text, subject, meaning(r), r)
}
