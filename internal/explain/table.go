package explain

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/scaler-dev/scaler/internal/policy"
)

// The states of a decision in a table.
const (
	stateKnown     = "Known"
	stateRaiseOnly = "RaiseOnly" // a number, and nothing may lower it
	stateUnknown   = "Unknown"
	stateRelay     = "Relay" // nothing was to be decided
)

// Table has a row for each decision, below a header.
func Table(ds []policy.Decision, o Options) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "NAMESPACE\tNAME\tDESIRED\tWAS\tSTATE\tREASON\tAGE")
	for _, d := range ds {
		fmt.Fprintln(w, strings.Join(row(d), "\t"))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return o.text(b.String())
}

func row(d policy.Decision) []string {
	desired, was, age := "–", "–", "–"
	if n, known := d.Desired.Replicas(); known {
		desired, age = replicas(n), Duration(max(0, d.At.Wall.Sub(d.DataAt)))
	}
	if d.Previous != nil {
		was = replicas(*d.Previous)
	}
	return []string{d.Policy.Namespace, d.Policy.Name, desired, was, state(d), cmp.Or(string(Code(d)), "–"), age}
}

func state(d policy.Decision) string {
	if d.Relayed() {
		return stateRelay
	}
	if _, known := d.Desired.Replicas(); !known {
		return stateUnknown
	}
	for _, s := range d.Trail {
		if s.Stage == policy.StageFailSafe || (s.Stage == policy.StageDoubt && s.Reason != policy.ReasonConfirmed) {
			return stateRaiseOnly
		}
	}
	return stateKnown
}
