package doctor

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table has a row for each finding, below a header, and a hint below each row that
// has one.
func Table(found []Finding) string {
	rows := append([]Finding{{Check: "CHECK", State: "STATE", Detail: "DETAIL"}}, found...)
	check, state := 0, 0
	for _, f := range rows {
		check, state = max(check, utf8.RuneCountInString(f.Check)), max(state, len(f.State))
	}
	var b strings.Builder
	for _, f := range rows {
		pad := strings.Repeat(" ", check-utf8.RuneCountInString(f.Check))
		fmt.Fprintf(&b, "%s%s   %-*s   %s\n", plain(f.Check), pad, state, f.State, plain(f.Detail))
		if f.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", plain(f.Hint))
		}
	}
	return b.String()
}

// plain is text that changes nothing on a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
