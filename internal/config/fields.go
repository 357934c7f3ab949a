package config

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/scaler-dev/scaler/internal/nearest"
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
func suggest(name string, fields map[string]field) (text, meant string) {
	allowed := slices.Sorted(maps.Keys(fields))
	if len(allowed) == 0 {
		return "; none is allowed here", ""
	}
	return "; " + nearest.Hint(name, allowed) + "allowed are " + strings.Join(allowed, ", "), nearest.Name(name, allowed)
}

// shown quotes a text from a file, shortened.
func shown(text string) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(strings.ToValidUTF8(text[:most], "")) + "…"
	}
	return strconv.Quote(text)
}
