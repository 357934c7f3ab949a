package cloudwatch

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// The limits of a call, and how far back it looks.
const (
	maxQueries    = 500
	maxDatapoints = 100_800
	minPeriods    = 5
	minSpan       = 5 * time.Minute
)

// call is one call of GetMetricData: units of one period, in at most 500 queries.
type call struct {
	period  time.Duration
	units   []*unit
	wants   []want
	queries []types.MetricDataQuery
	ids     map[string]string // of metrics, by their key
}

// want is where a unit's answer is found.
type want struct{ id, sentinel string }

// span is how far back a call of a period looks: far enough for a datapoint that
// comes late.
func span(period time.Duration) time.Duration { return max(minPeriods*period, minSpan) }

// limit is how many queries a call of a period may hold.
func limit(period time.Duration) int {
	return min(maxQueries, maxDatapoints/int(span(period)/period))
}

// pack makes as few calls as the limits allow. Units that CloudWatch refused keep
// to themselves, so that they do not fail the others.
func pack(units []*unit) []call {
	sorted := slices.SortedFunc(slices.Values(units), func(a, b *unit) int {
		return cmp.Or(cmp.Compare(a.period, b.period), compareBool(a.refused, b.refused), cmp.Compare(a.key, b.key))
	})
	var calls []call
	open := -1 // the call that takes more
	for _, u := range sorted {
		if u.alone {
			calls = append(calls, newCall(u.period, u))
			continue
		}
		if open < 0 || !calls[open].takes(u) {
			calls = append(calls, newCall(u.period))
			open = len(calls) - 1
		}
		calls[open].add(u)
	}
	return calls
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

func newCall(period time.Duration, units ...*unit) call {
	c := call{period: period, ids: map[string]string{}}
	for _, u := range units {
		c.add(u)
	}
	return c
}

func (c *call) takes(u *unit) bool {
	if u.period != c.period || u.refused != c.units[0].refused {
		return false
	}
	fresh := 0 // an upper bound: inputs named twice count twice
	for _, m := range u.metrics {
		if c.ids[m.key] == "" {
			fresh++
		}
	}
	if u.sentinel != nil && c.ids[u.sentinel.key] == "" {
		fresh++
	}
	if len(u.expression.tokens) > 0 {
		fresh++
	}
	return len(c.queries)+fresh <= limit(c.period)
}

func (c *call) add(u *unit) {
	c.units = append(c.units, u)
	var w want
	switch {
	case len(u.expression.tokens) == 0:
		w.id = c.metric(u.metrics[0], true)
	case u.alone:
		w.id = c.verbatim(u)
	default:
		ids := make(map[string]string, len(u.metrics))
		for _, m := range u.metrics {
			ids[m.id] = c.metric(m, false)
		}
		w.id = c.query(types.MetricDataQuery{Expression: aws.String(u.expression.rename(ids)), ReturnData: aws.Bool(true)})
	}
	if u.sentinel != nil {
		w.sentinel = c.metric(*u.sentinel, true)
	}
	c.wants = append(c.wants, w)
}

// metric asks for a metric once and gives its id. An input of an expression is not
// returned unless a signal wants it too.
func (c *call) metric(m metric, returned bool) string {
	id := c.ids[m.key]
	if id == "" {
		id = c.query(m.query(c.period, returned))
		c.ids[m.key] = id
		return id
	}
	if returned {
		i, _ := strconv.Atoi(id[1:])
		c.queries[i].ReturnData = aws.Bool(true)
	}
	return id
}

func (c *call) query(q types.MetricDataQuery) string {
	id := "q" + strconv.Itoa(len(c.queries))
	q.Id = &id
	c.queries = append(c.queries, q)
	return id
}

// verbatim asks for an expression under its user's own ids, which it may look for
// as text.
func (c *call) verbatim(u *unit) string {
	id := "z"
	for slices.ContainsFunc(u.metrics, func(m metric) bool { return m.id == id }) {
		id += "z"
	}
	for _, m := range u.metrics {
		q := m.query(c.period, false)
		q.Id = aws.String(m.id)
		c.queries = append(c.queries, q)
	}
	q := types.MetricDataQuery{Id: &id, Expression: aws.String(u.expression.String()), ReturnData: aws.Bool(true)}
	if u.expression.insights {
		q.Period = aws.Int32(int32(c.period / time.Second))
	}
	c.queries = append(c.queries, q)
	return id
}
