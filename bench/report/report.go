// Package report writes what a replay found as one HTML file that needs nothing
// else: no network, no other file. The charts are drawn by uPlot, which is in the
// file; every chart has a table below it.
package report

import (
	_ "embed" // of the page and what draws it
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// Page is what a report shows. Series have a value for each of Times.
type Page struct {
	Title string `json:"title"`
	// Verdict is the first thing to know of the policy that is tested, in a sentence.
	Verdict string `json:"verdict"`
	// Notes tell what was replayed: traffic, model, objective, seeds. One a line.
	Notes []string `json:"notes"`
	// Times are seconds of the Unix epoch.
	Times []int64 `json:"times"`
	// Demand is the arrivals a second; a nil is a gap.
	Demand []*float64 `json:"demand"`
	// Runs are the policies, the one that is tested first.
	Runs []Run `json:"runs"`
	// Oracle is the schedule of a scaler that knows the traffic; nil: none was asked.
	Oracle []float64 `json:"oracle,omitempty"`
	// Columns are the headings of the runs' Scores.
	Columns []string `json:"columns"`
	// Meanings tell each of the Columns; nil: they tell themselves.
	Meanings []string `json:"meanings,omitempty"`
	// Frontiers are what sweeps of a target gave; nil: none was swept.
	Frontiers []Frontier `json:"frontiers,omitempty"`
}

// Run is one policy on the traffic.
type Run struct {
	Name string `json:"name"`
	// Ready replicas, and what was late a second, when it was served.
	Ready []float64 `json:"ready"`
	Late  []float64 `json:"late"`
	// Scores are texts, one for each column.
	Scores []string `json:"scores"`
	// Worst is where the policy lost most; nil: nowhere.
	Worst *Worst `json:"worst,omitempty"`
}

// Worst is the ten minutes in which most was late, and what the policy said in them.
type Worst struct {
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Text  string `json:"text"`
	Trail string `json:"trail,omitempty"`
}

// Frontier is a policy's cost at each lateness that a sweep of its target reached.
type Frontier struct {
	Name   string  `json:"name"`
	Points []Point `json:"points"`
}

// Point is one setting of a sweep.
type Point struct {
	Target float64 `json:"target"`
	Late   float64 `json:"late"`
	Hours  float64 `json:"hours"`
}

//go:embed assets/uPlot.iife.min.js
var script string

//go:embed assets/uPlot.min.css
var style string

//go:embed assets/page.css
var ownStyle string

//go:embed assets/page.js
var ownScript string

//go:embed assets/page.html
var page string

// Write writes the page as HTML.
func Write(w io.Writer, p *Page) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write the report's data: %w", err)
	}
	t, err := template.New("report").Funcs(template.FuncMap{"clock": clock}).Parse(page)
	if err != nil {
		return fmt.Errorf("read the report's template: %w", err)
	}
	return t.Execute(w, map[string]any{
		"Page":   p,
		"Style":  template.CSS(style + ownStyle),                                //nolint:gosec // ours
		"Script": template.JS(script + "\n" + ownScript),                        //nolint:gosec // ours
		"Data":   template.JS(strings.ReplaceAll(string(data), "<", "\\u003c")), //nolint:gosec // JSON that ends no script
	})
}
