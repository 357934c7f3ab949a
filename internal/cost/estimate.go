package cost

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/awsx"
)

// Month is how long a month is.
const Month = 30 * 24 * time.Hour

// startWithin is how soon after the start every source has been asked once.
const startWithin = 3 * time.Second

// Estimate is what a usage costs.
type Estimate struct {
	Calls    []Row        `json:"calls"`
	Starts   []Start      `json:"atTheStart"`
	Standing []Standing   `json:"standing"`
	Total    float64      `json:"costPerMonth"`
	Compared []Comparison `json:"compared"`
	Limits   []Limit      `json:"limits"`
	Prices   Prices       `json:"prices"`
	Notes    []string     `json:"notes"`
}

// Row is an operation of a provider.
type Row struct {
	Provider         string  `json:"provider"`
	Region           string  `json:"region"`
	Service          string  `json:"service"`
	Operation        string  `json:"operation"`
	CallsPerMinute   float64 `json:"callsPerMinute"`
	CallsPerMonth    float64 `json:"callsPerMonth"`
	MetricsPerMinute float64 `json:"metricsPerMinute"` // requested, or put
	MetricsPerMonth  float64 `json:"metricsPerMonth"`
	Cost             float64 `json:"costPerMonth"`
}

// Start is what is called once by each process.
type Start struct {
	Provider  string `json:"provider"`
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Calls     int    `json:"calls"`
}

// Standing is what is charged for being there.
type Standing struct {
	What  string  `json:"what"`
	Count int     `json:"count"`
	Cost  float64 `json:"costPerMonth"`
}

// Comparison is a way to do the same.
type Comparison struct {
	What            string  `json:"what"`
	Way             string  `json:"way"`
	CallsPerMonth   float64 `json:"callsPerMonth"`
	MetricsPerMonth float64 `json:"metricsPerMonth"`
	Cost            float64 `json:"costPerMonth"`
}

// Limit is how near a rate comes to what an account allows.
type Limit struct {
	Providers []string `json:"providers"` // that share the account
	Region    string   `json:"region"`
	Service   string   `json:"service"`
	Operation string   `json:"operation"`
	PerSecond float64  `json:"perSecond"` // on average
	// AtStart is the rate of the seconds after a start, in which all is read once.
	AtStart float64 `json:"perSecondAtStart"`
	Allowed float64 `json:"allowedPerSecond"` // 0: no limit is in the table
	Share   float64 `json:"share"`            // of the larger rate
}

// The ways that are compared.
const (
	wayShared = "Scaler: shared and in batches"
	waySingle = "one call for each policy"
	wayInline = "one query for each metric, poll (30s) and HPA sync (15s)"
)

// New estimates a usage at prices.
func New(u Usage, p Prices) Estimate {
	e := Estimate{Calls: rows(u.Uses, p), Starts: starts(u.Uses), Limits: limits(u.Uses, p), Prices: p, Notes: append([]string{}, u.Notes...)}
	e.Standing = standing(u, p)
	for _, r := range e.Calls {
		e.Total += r.Cost
		if _, ok := p.of(r.Service, r.Operation); !ok {
			e.Notes = append(e.Notes, fmt.Sprintf("the price table has no price of %s %s", r.Service, r.Operation))
		}
	}
	for _, s := range e.Standing {
		e.Total += s.Cost
	}
	e.Total = round(e.Total)
	reads, others := of(Read), of(Look, Publish)
	if slices.ContainsFunc(u.Uses, reads) {
		const what = "reading signals"
		e.Compared = append(e.Compared,
			compare(what, wayShared, only(u.Uses, reads), p),
			compare(what, waySingle, only(u.Single, reads), p),
			compare(what, wayInline, u.Inline, p))
	}
	if slices.ContainsFunc(u.Uses, others) {
		const what = "workloads and publishing"
		e.Compared = append(e.Compared,
			compare(what, wayShared, only(u.Uses, others), p),
			compare(what, waySingle, only(u.Single, others), p))
	}
	return e
}

func of(kinds ...Kind) func(Use) bool {
	return func(u Use) bool { return slices.Contains(kinds, u.Kind) }
}

func only(uses []Use, which func(Use) bool) []Use {
	var out []Use
	for _, u := range uses {
		if which(u) {
			out = append(out, u)
		}
	}
	return out
}

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

// standing are custom metrics, by the tiers of each account and region, and alarms.
func standing(u Usage, p Prices) []Standing {
	type place struct{ account, region string }
	put := map[place]int{}
	for _, use := range u.Uses {
		for _, c := range use.Calls.Each {
			if use.Kind == Publish {
				put[place{use.Account, use.Region}] += c.Metrics
			}
		}
	}
	metrics := Standing{What: "custom metrics"}
	for _, n := range put {
		metrics.Count += n
		metrics.Cost = round(metrics.Cost + p.metricsPerMonth(n))
	}
	const alarmsEach = 2
	alarms := Standing{What: "alarms of target tracking", Count: alarmsEach * u.Tracked}
	alarms.Cost = round(float64(alarms.Count) * p.AlarmPerMonth)
	return slices.DeleteFunc([]Standing{metrics, alarms}, func(s Standing) bool { return s.Count == 0 })
}

// limits add up rates by account, region and operation. One poll may make several
// calls at once, and after a start every poll is made within moments.
func limits(uses []Use, p Prices) []Limit {
	type key struct{ account, region, service, operation string }
	index := map[key]int{}
	var out []Limit
	add := func(u Use, c awsx.Call) *Limit {
		k := key{u.Account, u.Region, c.Service, c.Operation}
		i, ok := index[k]
		if !ok {
			i = len(out)
			index[k] = i
			out = append(out, Limit{Region: u.Region, Service: c.Service, Operation: c.Operation, Allowed: p.limit(c.Service, c.Operation)})
		}
		if !slices.Contains(out[i].Providers, u.Provider) {
			out[i].Providers = append(out[i].Providers, u.Provider)
		}
		return &out[i]
	}
	for _, u := range uses {
		for _, c := range u.Calls.First {
			add(u, c).AtStart += 1 / startWithin.Seconds()
		}
		for _, c := range u.Calls.Each {
			l := add(u, c)
			l.PerSecond += u.perMinute() / time.Minute.Seconds()
			if u.Kind != Publish {
				l.AtStart += 1 / startWithin.Seconds()
			}
		}
	}
	for i := range out {
		if l := &out[i]; l.Allowed > 0 {
			l.Share = max(l.PerSecond, l.AtStart) / l.Allowed
		}
	}
	slices.SortFunc(out, func(a, b Limit) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Service, b.Service), strings.Compare(a.Operation, b.Operation))
	})
	return out
}
