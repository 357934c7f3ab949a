package trial

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Assertion is something that must hold of a policy's scores.
type Assertion struct {
	Text  string
	name  string
	op    string
	bound float64
}

// what assertions may be about: shares, hours, seconds and counts.
func asserted() []string { return []string{"late", "hours", "over", "wait", "run", "starts"} }

var assertionRE = regexp.MustCompile(`^\s*([a-z]+)\s*(<=|>=|<|>)\s*(\S+)\s*$`)

// ParseAssertion reads one such as late<=0.1%, hours<500, wait<=5s.
func ParseAssertion(text string) (Assertion, error) {
	m := assertionRE.FindStringSubmatch(text)
	if m == nil {
		return Assertion{}, fmt.Errorf("%q is not a name, one of <= < >= >, and a number, as in late<=0.1%%", text)
	}
	if !slices.Contains(asserted(), m[1]) {
		return Assertion{}, fmt.Errorf("%q: nothing is called %s; %s are", text, m[1], strings.Join(asserted(), ", "))
	}
	bound, err := number(m[3])
	if err != nil {
		return Assertion{}, fmt.Errorf("%q: %s is not a number, a share such as 0.1%% or a time such as 5s", text, m[3])
	}
	return Assertion{Text: text, name: m[1], op: m[2], bound: bound}, nil
}

// number reads a number, a share as its fraction, or a time as its seconds.
func number(s string) (float64, error) {
	if share, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(share, 64)
		return v / 100, err
	}
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		return v, nil
	}
	d, err := time.ParseDuration(s)
	return d.Seconds(), err
}

// ParseShare reads a share from 0 to 1, such as 0.1%.
func ParseShare(text string) (float64, error) {
	v, err := number(text)
	if err != nil || !(v >= 0 && v < 1) {
		return 0, fmt.Errorf("%q is not a share, such as 0.1%%", text)
	}
	return v, nil
}

// Found is what the scores say of it.
func (a Assertion) Found(s Scores) string {
	v := a.of(s)
	switch {
	case math.IsNaN(v):
		return a.name + " is not known"
	case a.name == "late" || a.name == "over":
		return fmt.Sprintf("%s is %.3g %%", a.name, 100*v)
	case a.name == "wait" || a.name == "run":
		return fmt.Sprintf("%s is %s", a.name, time.Duration(v*float64(time.Second)).Round(time.Millisecond))
	}
	return fmt.Sprintf("%s is %.4g", a.name, v)
}

func (a Assertion) of(s Scores) float64 {
	return map[string]float64{
		"late": s.Late, "hours": s.Hours, "over": s.Over, "wait": s.WorstWait.Seconds(), "run": s.LongestRun.Seconds(), "starts": s.StartsADay,
	}[a.name]
}

// Holds tells whether it holds of some scores. A NaN holds of nothing.
func (a Assertion) Holds(s Scores) bool {
	v := a.of(s)
	switch a.op {
	case "<=":
		return v <= a.bound
	case "<":
		return v < a.bound
	case ">=":
		return v >= a.bound
	default:
		return v > a.bound
	}
}
