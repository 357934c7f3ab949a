package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is something wrong with a file: where, what, and what is allowed. It holds
// nothing that came from the environment.
type Fault struct {
	File         string
	Line, Column int    // from 1; 0: the whole file
	Path         string // as v1alpha1.Fault has it
	Message      string
}

// Error is file:line:column: path: message.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	for _, part := range []string{f.Path, f.Message} {
		if part != "" && b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	return b.String()
}

func (f Fault) compare(o Fault) int {
	return cmp.Or(cmp.Compare(f.File, o.File), cmp.Compare(f.Line, o.Line), cmp.Compare(f.Column, o.Column),
		cmp.Compare(f.Path, o.Path), cmp.Compare(f.Message, o.Message))
}

// Faults are all faults of some files, sorted by file, line and column.
type Faults []Fault

// Error is a line for each fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

const maxFaults = 1000

// sorted are the faults in order, each once; of very many the first ones.
func (fs Faults) sorted() Faults {
	slices.SortFunc(fs, Fault.compare)
	fs = slices.Compact(fs)
	if n := len(fs) - maxFaults; n > 0 {
		fs = append(fs[:maxFaults], Fault{Message: fmt.Sprintf("and %d more faults", n)})
	}
	return fs
}
