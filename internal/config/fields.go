package config

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// field is a struct's field as documents see it.
type field struct {
	index    []int
	required bool
	size     int // the longest string allowed
}

// fieldsOf lists the fields of a struct by name, with those of inlined structs.
func fieldsOf(t reflect.Type, above []int) map[string]field {
	fields := make(map[string]field, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(above), i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if options == "inline" {
			maps.Copy(fields, fieldsOf(f.Type, index))
			continue
		}
		size := maxString
		if n, err := strconv.Atoi(f.Tag.Get("size")); err == nil {
			size = n
		}
		fields[name] = field{index: index, required: options == "", size: size}
	}
	return fields
}

// suggest lists what is allowed, and the name that was probably meant.
func suggest(name string, fields map[string]field) string {
	allowed := slices.Sorted(maps.Keys(fields))
	best, least := "", 3
	for _, a := range allowed {
		if d := distance(strings.ToLower(name), strings.ToLower(a)); d < least && d < len(a)-1 {
			best, least = a, d
		}
	}
	text := "; allowed are " + strings.Join(allowed, ", ")
	if len(allowed) == 0 {
		text = "; none is allowed here"
	}
	if best != "" {
		return "; did you mean " + best + "?" + strings.Replace(text, ";", "", 1)
	}
	return text
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

// shown quotes a text from a file, shortened.
func shown(text string) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(strings.ToValidUTF8(text[:most], "")) + "…"
	}
	return strconv.Quote(text)
}
