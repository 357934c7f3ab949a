package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// book is RESULTS.md in the making.
type book struct {
	strings.Builder

	s       settings
	results []result
}

func (b *book) printf(format string, args ...any) { fmt.Fprintf(b, format, args...) }

// row of a table.
func (b *book) row(cells ...string) { b.printf("| %s |\n", strings.Join(cells, " | ")) }

// header of a table.
func (b *book) header(cells ...string) {
	b.row(cells...)
	b.printf("|%s\n", strings.Repeat("---|", len(cells)))
}

// of are the results of a kind.
func (b *book) of(k kind) []result {
	return slices.DeleteFunc(slices.Clone(b.results), func(r result) bool { return r.kind != k })
}

// markdown is the document.
func (s settings) markdown(results []result, machine string, took time.Duration) string {
	b := &book{s: s, results: results}
	b.preface(machine, took)
	b.inShort()
	for _, k := range kinds() {
		if len(b.of(k)) == 0 {
			continue
		}
		b.printf("\n# As %s\n", strings.ToLower(k.title()))
		for i, budget := range budgets() {
			b.printf("\n## %s at %.3g %% late\n\n", k.title(), 100*budget)
			b.equal(k, i, budget)
		}
		b.defaults(k)
		b.starts(k)
		b.parts(k)
		b.ages(k)
		b.leaveOneOut(k)
	}
	b.losses()
	return b.String()
}

func (b *book) preface(machine string, took time.Duration) {
	b.printf(`# Policies beside each other

Written by `+"`make bench-policies`"+` on %s in %s (%s). Parameters: %s. No randomness, so no seeds: equal input gives equal numbers.

Models throughout: traffic is a fluid; a replica serves what makes the highest load of a trace need %g of them, and takes %s to start; steps of %s.
As requests, late is what takes more than a second. As a queue, a message takes as long as that capacity says, one at a time, and is late when it
waits for more than %s, or, in a table of its own, %s. Policies see the load of the last 15 s, and a queue as it is, at once; target tracking sees minutes. Costs are replica-hours,
start-up included. [docs/replay.md](../docs/replay.md) says what is not modelled; target tracking and predictive scaling are models whose arithmetic
AWS does not publish.

At a late share, a policy has the cost of its cheapest setting that keeps it (between two settings on the straight line), as a share above the oracle's, which knows
the traffic and has the same late share. "n.r." is not reachable: every setting is later. Incumbents are swept over 16 settings each, ours over those that the list below
names. An oracle of a queue is a bracket: what is told is above its lower end, the bound of the work; its upper end is a schedule that can be had.%s

`, time.Now().UTC().Format("2006-01-02"), took.Round(time.Second), machine, b.s.hash(), b.s.peak, b.s.startUp, b.s.step, queue.mayWait(), patient.mayWait(), b.longer())
	b.header("ours", "what it is", "settings tried")
	for _, c := range ours() {
		if c.of == "" {
			b.row("scaler/"+c.name, c.title, strconv.Itoa(1+len(c.sweep)))
		}
	}
}

// longer tells the traces that were replayed in longer steps.
func (b *book) longer() string {
	var names []string
	for _, r := range b.of(requests) {
		if r.Step != b.s.step {
			names = append(names, fmt.Sprintf("%s in steps of %s", r.name, r.Step))
		}
	}
	if names == nil {
		return ""
	}
	return "\nLong traces are replayed in longer steps: " + strings.Join(names, ", ") + "."
}

// hash is of what the policies were set to.
func (s settings) hash() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %v %v %v %v %v %v %v %v", around, ours(), s.step, s.startUp, s.peak, budgets(), requests.rivals(), queue.rivals(), patient.mayWait()))
	return hex.EncodeToString(sum[:6])
}

// names of ours and of the rivals.
func names(k kind) []string {
	var out []string
	for _, c := range contenders(k, false) {
		out = append(out, "scaler/"+c.name)
	}
	return append(out, k.rivals()...)
}

// mine tells whether a policy is one of ours.
func mine(name string) bool { return strings.HasPrefix(name, "scaler/") }
