package cost

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// perMinute is how often a use is made.
func (u Use) perMinute() float64 { return float64(time.Minute) / float64(u.Interval) }

// round leaves what floating point adds out of sight.
func round(v float64) float64 { return math.Round(v*1e6) / 1e6 }

const minutesPerMonth = float64(Month / time.Minute)

// rows add up uses by provider and operation, in that order.
func rows(uses []Use, p Prices) []Row {
	type key struct{ provider, service, operation string }
	index := map[key]int{}
	var out []Row
	for _, u := range uses {
		for _, c := range u.Calls.Each {
			k := key{u.Provider, c.Service, c.Operation}
			i, ok := index[k]
			if !ok {
				i = len(out)
				index[k] = i
				out = append(out, Row{Provider: u.Provider, Region: u.Region, Service: c.Service, Operation: c.Operation})
			}
			out[i].CallsPerMinute += u.perMinute()
			out[i].MetricsPerMinute += u.perMinute() * float64(c.Metrics)
		}
	}
	for i := range out {
		r := &out[i]
		r.CallsPerMonth, r.MetricsPerMonth = r.CallsPerMinute*minutesPerMonth, r.MetricsPerMinute*minutesPerMonth
		charged, _ := p.of(r.Service, r.Operation)
		r.Cost = round((r.CallsPerMonth*charged.PerMillionCalls + r.MetricsPerMonth*charged.PerMillionMetrics) / 1e6)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Service, b.Service), strings.Compare(a.Operation, b.Operation))
	})
	return out
}

func compare(what, way string, uses []Use, p Prices) Comparison {
	c := Comparison{What: what, Way: way}
	for _, r := range rows(uses, p) {
		c.CallsPerMonth += r.CallsPerMonth
		c.MetricsPerMonth += r.MetricsPerMonth
		c.Cost = round(c.Cost + r.Cost)
	}
	return c
}

func starts(uses []Use) []Start {
	var out []Start
	for _, u := range uses {
		for _, c := range u.Calls.First {
			same := func(s Start) bool {
				return s.Provider == u.Provider && s.Service == c.Service && s.Operation == c.Operation
			}
			i := slices.IndexFunc(out, same)
			if i < 0 {
				i = len(out)
				out = append(out, Start{Provider: u.Provider, Service: c.Service, Operation: c.Operation})
			}
			out[i].Calls++
		}
	}
	return out
}
