package attach

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
)

// Text of a plan: a line for each step, what changes below it, and the notes.
func (p *Plan) Text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "DO\tWHAT\tDETAIL")
	for _, s := range p.Steps {
		fmt.Fprintf(w, "%s\t%s %s\t%s\n", s.Verb, s.Kind, short(s.Name), short(s.Detail))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return changed(b.String(), p.Steps) + notes(p.Notes)
}

// changed puts each step's changes below its line.
func changed(table string, steps []Step) string {
	lines := strings.SplitAfter(table, "\n")
	var b strings.Builder
	b.WriteString(lines[0])
	for i, s := range steps {
		b.WriteString(lines[i+1])
		for _, c := range s.Changes {
			fmt.Fprintf(&b, "  %s: %s → %s\n", c.Field, orDash(c.From), orDash(c.To))
		}
	}
	return b.String()
}

func orDash(s string) string { return cmp.Or(short(s), "–") }

func notes(all []string) string {
	var b strings.Builder
	for _, n := range all {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

// Report is what status prints for programs.
type Report struct {
	OK        bool        `json:"ok"` // no finding is a FAIL
	Policy    string      `json:"policy"`
	Resource  string      `json:"resource"`
	Decision  Decision    `json:"decision"`
	Desired   int32       `json:"desired"`
	Running   int32       `json:"running"`
	Pending   int32       `json:"pending"`
	Min       *int32      `json:"min,omitempty"` // none: no scalable target
	Max       *int32      `json:"max,omitempty"`
	Suspended []string    `json:"suspended,omitempty"`
	Alarms    []Alarm     `json:"alarms,omitempty"`
	NotScaled []NotScaled `json:"notScaled,omitempty"`
	Findings  []Finding   `json:"findings"`
}

// ReportOf puts side by side what was seen, with the findings of Judge.
func ReportOf(w Want, s Seen) Report {
	r := Report{
		OK: true, Policy: w.Policy.String(), Resource: w.Resource(), Decision: s.Decision,
		Desired: s.Service.Desired, Running: s.Service.Running, Pending: s.Service.Pending,
		Alarms: s.Alarms, NotScaled: s.NotScaled, Findings: Judge(w, s),
	}
	if s.Target != nil {
		r.Min, r.Max, r.Suspended = &s.Target.Min, &s.Target.Max, suspended(*s.Target)
	}
	for _, f := range r.Findings {
		r.OK = r.OK && f.State != Fail
	}
	return r
}

// Text of a report: a line of numbers, and the findings.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s\n\n", r.Policy, r.Resource)
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "DECISION\tDESIRED\tRUNNING\tPENDING\tMIN\tMAX\tSUSPENDED\tALARMS")
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n\n", r.Decision.text(), r.Desired, r.Running, r.Pending,
		number(r.Min), number(r.Max), list(r.Suspended), list(r.alarms()))
	_ = w.Flush() // a strings.Builder takes everything
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%-4s   %s\n", f.State, f.Detail)
		if f.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", f.Hint)
		}
	}
	return b.String()
}

func (d Decision) text() string {
	switch {
	case !d.Asked:
		return "not asked"
	case d.Desired == nil:
		return "unknown"
	default:
		return count(*d.Desired)
	}
}

func (r Report) alarms() []string {
	var out []string
	for _, a := range r.Alarms {
		out = append(out, string(a.Direction)+" "+short(a.State))
	}
	return out
}

func number(n *int32) string {
	if n == nil {
		return "–"
	}
	return count(*n)
}

func list(words []string) string {
	if len(words) == 0 {
		return "–"
	}
	return strings.Join(words, ", ")
}
