package prometheus

import (
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

func TestAgeQuery(t *testing.T) {
	two := func(a, b string) string {
		return `min(label_replace(min(timestamp(` + a + `)), "selector", "0", "", "") or label_replace(min(timestamp(` + b + `)), "selector", "1", "", ""))` +
			` and min(timestamp(` + a + `)) and min(timestamp(` + b + `))`
	}
	for _, tc := range []struct{ name, query, want string }{
		{"bare", `queue_length`, `min(timestamp(queue_length))`},
		{"labels", `queue_length{queue="orders",job!~"a|b"}`, `min(timestamp(queue_length{job!~"a|b",queue="orders"}))`},
		{"no name", `{__name__=~"queue_.*"}`, `min(timestamp({__name__=~"queue_.*"}))`},
		{"UTF-8 name", `{"queue.length"}`, `min(timestamp({__name__="queue.length"}))`},
		{"aggregation", `sum by (le) (x)`, `min(timestamp(x))`},
		{"range", `sum(rate(x_total[1m]))`, `min(timestamp(x_total))`},
		{"range with offset", `rate(x_total[1m] offset 5m)`, `min(timestamp(x_total offset 5m))`},
		{"negative offset", `x offset -5m`, `min(timestamp(x offset -5m))`},
		{"at", `x @ 1700000000`, `min(timestamp(x @ 1700000000.000))`},
		{"at start", `rate(x_total[1m] @ start())`, `min(timestamp(x_total @ start()))`},
		{"subquery", `max_over_time(rate(x_total[1m])[10m:1m])`, `min(timestamp(x_total))`},
		{"subquery with offset", `max_over_time(rate(x_total[1m] offset 1m)[10m:1m] offset 5m)`, `min(timestamp(x_total offset 6m))`},
		{"nested subqueries", `max_over_time(max_over_time(x[5m:] offset 1m)[10m:] offset 5m)`, `min(timestamp(x offset 6m))`},
		{"subquery at", `max_over_time(max_over_time(x[5m:] @ 1700000000 offset 1m)[10m:] offset 5m)`, `min(timestamp(x @ 1700000000.000 offset 1m))`},
		{"at in a subquery", `max_over_time(x[5m:] offset 1m) + max_over_time((x @ 1700000000)[5m:] offset 1m)`, two(`x offset 1m`, `x @ 1700000000.000`)},
		{"histogram", `histogram_quantile(0.95, sum by (le) (rate(h_bucket[1m])))`, `min(timestamp(h_bucket))`},
		{"ratio", `sum(rate(a[1m])) / sum(rate(b[1m]))`, two("a", "b")},
		{"the same twice", `(a - a) / a`, `min(timestamp(a))`},
		{"offset is another", `a / a offset 1w`, two("a", "a offset 1w")},
		{"or zero", `sum(a) or vector(0)`, `min(timestamp(a))`},
		{"or", `a or b`, two("a", "b")},
		{"unless", `a unless b`, two("a", "b")},
		{"absent", `absent(a)`, `min(timestamp(a))`},
		{"in a parameter", `topk(scalar(b), a)`, two("a", "b")},
		{"info", `info(a, {k8s_cluster=~".+"})`, `min(timestamp(a))`},
		{"anchored", `rate(a[1m] anchored)`, `min(timestamp(a))`},
		{"vector", `vector(3)`, ``},
		{"scalar", `1 + 2`, ``},
		{"time", `time() % 60`, ``},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ageQueryOf(tc.query)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
			if got != "" {
				_, err = parser.NewParser(parser.Options{}).ParseExpr(got)
				require.NoError(t, err, "the age query is no PromQL")
			}
		})
	}
}

func TestQueriesThatCannotBe(t *testing.T) {
	for _, tc := range []struct{ name, query, want string }{
		{"empty", "", "parse PromQL"},
		{"broken", "sum(", "parse PromQL"},
		{"two", "a b", "parse PromQL"},
		{"no matcher", "{}", "parse PromQL"},
		{"range vector", "a[5m]", "gives a range vector"},
		{"subquery", "a[5m:1m]", "gives a range vector"},
		{"string", `"a"`, "gives a string"},
		{"computed offset of a subquery", "max_over_time(a[5m:1m] offset (1m + 1m))", "ageQuery"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ageQueryOf(tc.query)
			require.ErrorContains(t, err, tc.want)
		})
	}
}
