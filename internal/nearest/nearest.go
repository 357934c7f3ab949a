// Package nearest guesses which name a misspelt one was meant to be.
package nearest

import (
	"slices"
	"strings"
)

// Name is the one of some names that was probably meant; empty if none is near.
func Name(name string, among []string) string {
	best, least := "", 3
	for _, a := range slices.Sorted(slices.Values(among)) {
		if d := distance(strings.ToLower(name), strings.ToLower(a)); d < least && d < len(a)-1 {
			best, least = a, d
		}
	}
	return best
}

// Hint asks for the name that was probably meant, with a space at the end; empty
// if none is near.
func Hint(name string, among []string) string {
	if best := Name(name, among); best != "" {
		return "did you mean " + best + "? "
	}
	return ""
}

// distance is the number of letters to insert, delete or replace between two
// names; of long ones it is large.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
