package cost

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/scaler-dev/scaler/internal/explain"
)

// Table is an estimate for people.
func (e Estimate) Table() string {
	var b strings.Builder
	e.callsTable(&b)
	e.comparedTable(&b)
	e.limitsTable(&b)
	fmt.Fprintf(&b, "Prices of %s in %s: %s.\nA month has 30 days; free tiers and discounts are not taken off.\n", e.Prices.Date, e.Prices.Currency, e.Prices.Source)
	for _, n := range e.Notes {
		fmt.Fprintf(&b, "Note: %s.\n", n)
	}
	return b.String()
}

func table(b *strings.Builder, header string, rows func(line func(cells ...string))) {
	w := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, header)
	rows(func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) })
	_ = w.Flush() // a strings.Builder takes everything
	b.WriteByte('\n')
}

const none = "–"

func (e Estimate) callsTable(b *strings.Builder) {
	table(b, "PROVIDER\tREGION\tSERVICE\tOPERATION\tCALLS/MIN\tCALLS/MONTH\tMETRICS/MONTH\t"+e.Prices.Currency+"/MONTH", func(line func(...string)) {
		for _, r := range e.Calls {
			line(r.Provider, r.Region, r.Service, r.Operation, explain.Number(r.CallsPerMinute), whole(r.CallsPerMonth), orNone(r.MetricsPerMonth), amount(r.Cost))
		}
		for _, s := range e.Starts {
			line(s.Provider, none, s.Service, s.Operation, none, whole(float64(s.Calls))+" at each start", none, none)
		}
		for _, s := range e.Standing {
			line(none, none, "CloudWatch", whole(float64(s.Count))+" "+s.What, none, none, none, amount(s.Cost))
		}
		line("total", "", "", "", "", "", "", amount(e.Total))
	})
}

func (e Estimate) comparedTable(b *strings.Builder) {
	if len(e.Compared) == 0 {
		return
	}
	table(b, "THE SAME, DONE OTHERWISE\tCALLS/MONTH\tMETRICS/MONTH\t"+e.Prices.Currency+"/MONTH", func(line func(...string)) {
		for _, c := range e.Compared {
			line(c.What+", "+c.Way, whole(c.CallsPerMonth), orNone(c.MetricsPerMonth), amount(c.Cost))
		}
	})
}

func (e Estimate) limitsTable(b *strings.Builder) {
	if len(e.Limits) == 0 {
		return
	}
	table(b, "LIMITS OF AN ACCOUNT\tREGION\tPROVIDERS\tCALLS/S\tAFTER A START\tALLOWED\tSHARE", func(line func(...string)) {
		for _, l := range e.Limits {
			allowed, share := none, none
			if l.Allowed > 0 {
				allowed, share = explain.Number(l.Allowed), fmt.Sprintf("%.1f %%", 100*l.Share)
			}
			line(l.Service+" "+l.Operation, l.Region, strings.Join(l.Providers, ", "), rate(l.PerSecond), rate(l.AtStart), allowed, share)
		}
	})
}

func whole(v float64) string { return explain.Number(float64(int64(v + 0.5))) }

func rate(v float64) string { return fmt.Sprintf("%.3g", v) }

func orNone(v float64) string {
	if v == 0 {
		return none
	}
	return whole(v)
}

func amount(v float64) string { return fmt.Sprintf("%.2f", v) }
