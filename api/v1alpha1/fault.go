package v1alpha1

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something wrong with a document: where, what, and what is allowed.
type Fault struct {
	// Path is dotted, as in spec.signals[2].sqs.queue; a key of a map is quoted in
	// brackets. Empty: the document.
	Path    string
	Message string
	// NoneOf are the members of a union that has none set; nil for other faults.
	NoneOf []string
	// RestsOn are the paths of members that the fault was concluded from. Where one
	// of them has a fault itself, or could not be decoded, this one means nothing.
	RestsOn []string
}

// Error is the path and the message.
func (f Fault) Error() string {
	if f.Path == "" {
		return f.Message
	}
	return f.Path + ": " + f.Message
}

// Field is the path of a struct's field below path.
func Field(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Index is the path of a list's element below path.
func Index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// Key is the path of a map's value below path.
func Key(path, key string) string { return path + "[" + strconv.Quote(key) + "]" }

// scope adds faults at a path.
type scope struct {
	path string
	list *[]Fault
}

func (s scope) at(name string) scope    { return scope{Field(s.path, name), s.list} }
func (s scope) index(i int) scope       { return scope{Index(s.path, i), s.list} }
func (s scope) key(key string) scope    { return scope{Key(s.path, key), s.list} }
func (s scope) add(message string)      { *s.list = append(*s.list, Fault{Path: s.path, Message: message}) }
func (s scope) addf(f string, a ...any) { s.add(fmt.Sprintf(f, a...)) }

// restingOn adds the faults of a check that is concluded from the members at some
// paths.
func (s scope) restingOn(paths []string, check func(scope)) {
	for _, f := range collect(s.path, check) {
		f.RestsOn = append(f.RestsOn, paths...)
		*s.list = append(*s.list, f)
	}
}

// collect runs a validation and returns its faults.
func collect(path string, validate func(scope)) []Fault {
	var list []Fault
	validate(scope{path, &list})
	return list
}

// quote shows a value, shortened, so that a fault stays one readable line.
func quote(v string) string {
	const most = 60
	if len(v) > most {
		return strconv.Quote(strings.ToValidUTF8(v[:most], "")) + "…"
	}
	return strconv.Quote(v)
}

// required reports an empty value and says whether there is one.
func (s scope) required(value string) bool {
	if value == "" {
		s.add("is required")
	}
	return value != ""
}

// match reports a value that is empty or that does not match.
func (s scope) match(value string, re *regexp.Regexp, want string) {
	if s.required(value) && !re.MatchString(value) {
		s.addf("%s is not %s", quote(value), want)
	}
}

// within reports a value out of range. Text shows values as users write them.
func within[T cmp.Ordered](s scope, v, low, high T, text func(T) string) {
	if v < low || v > high {
		s.addf("%s is out of range; %s to %s are allowed", text(v), text(low), text(high))
	}
}

func (s scope) count(v, low, high int32) {
	within(s, v, low, high, func(v int32) string { return strconv.Itoa(int(v)) })
}

func (s scope) span(v Duration, low, high time.Duration) {
	within(s, v.Duration, low, high, shortDuration)
}

// share reports a share out of range.
func (s scope) share(v Percent, low, high Percent) {
	within(s, v, low, high, func(v Percent) string {
		return strconv.FormatFloat(float64(v), 'g', -1, 64) + "%"
	})
}

// positive reports a number that is not finite or not above 0.
func (s scope) positive(v Number) {
	if !(v > 0) || math.IsInf(float64(v), 0) {
		s.addf("%g is not allowed; it must be above 0", float64(v))
	}
}

// oneOf reports a value that is none of those allowed.
func oneOf[T ~string](s scope, v T, allowed ...T) {
	if slices.Contains(allowed, v) {
		return
	}
	if v == "" {
		s.addf("is required; allowed are %s", list(allowed))
		return
	}
	s.addf("%s is not allowed; allowed are %s", quote(string(v)), list(allowed))
}

func list[T ~string](vs []T) string {
	texts := make([]string, len(vs))
	for i, v := range vs {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}

// shortDuration writes 10m for what Go writes as 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// member is one of a union's members.
type member struct {
	name string
	set  bool
}

// noneOf reports a union without a member.
func (s scope) noneOf(names []string, format string) {
	*s.list = append(*s.list, Fault{Path: s.path, Message: fmt.Sprintf(format, list(names)), NoneOf: names})
}

// exactlyOne reports a union with no member, or with more than one.
func (s scope) exactlyOne(members ...member) {
	names := make([]string, len(members))
	first := ""
	for i, m := range members {
		names[i] = m.name
	}
	for _, m := range members {
		switch {
		case m.set && first == "":
			first = m.name
		case m.set:
			s.at(m.name).addf("%s is set already; exactly one of %s is allowed", first, list(names))
		}
	}
	if first == "" {
		s.noneOf(names, "has none of %s; exactly one is required")
	}
}
