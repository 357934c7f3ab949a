package cost

import (
	"fmt"
	"slices"
	"time"
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
