package cloudwatch_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// result is a MetricDataResult of q0 in JSON.
func result(id, label, status string, minutes ...int) string {
	times, values := []int64{}, []int{}
	for _, m := range minutes {
		times = append(times, end.Add(time.Duration(m)*time.Minute).Unix())
		values = append(values, -m)
	}
	t, _ := json.Marshal(times)
	v, _ := json.Marshal(values)
	return fmt.Sprintf(`{"Id":%q,"Label":%q,"StatusCode":%q,"Timestamps":%s,"Values":%s}`, id, label, status, t, v)
}

func page(next string, results ...string) string {
	out := `{"MetricDataResults":[` + strings.Join(results, ",") + "]"
	if next != "" {
		out += fmt.Sprintf(`,"NextToken":%q`, next)
	}
	return out + "}"
}

func TestPages(t *testing.T) {
	q := metric("Sent")
	circle := func(int) string { return page("again", result("q0", "x", "Complete", -1)) }
	endless := func(n int) string { return page(fmt.Sprint("t", n), result("q0", "x", "Complete", -1)) }
	pages := func(all ...string) func(int) string { return func(n int) string { return all[n] } }
	for name, tt := range map[string]struct {
		page  func(n int) string
		calls int
		want  signals.Outcome
	}{
		"merged": {pages(page("a", result("q0", "x", "PartialData", -3)), page("b", result("q0", "x", "PartialData", -2)), page("", result("q0", "x", "Complete", -4))), 3, sample(q, end.Add(-time.Minute), 2)},
		"never complete": {
			pages(page("a", result("q0", "x", "PartialData", -3)), page("", result("q0", "x", "PartialData", -2))),
			2, failure(q, signals.Partial, "CloudWatch gave some of the datapoints"),
		},
		"others first":    {pages(page("a", result("q9", "y", "Complete", -1)), page("", result("q0", "x", "Complete", -1))), 2, sample(q, end, 1)},
		"in a circle":     {circle, 2, failure(q, signals.Partial, "the answer's pages go round in a circle")},
		"without an end":  {endless, 10, failure(q, signals.Partial, "the answer has too many pages")},
		"without a query": {pages(page("")), 1, failure(q, signals.Partial, "the answer lacks the query")},
		"empty":           {pages(""), 1, failure(q, signals.Partial, "the answer lacks the query")},
		"two series":      {pages(page("", result("q0", "x", "Complete", -1), result("q0", "x", "Complete", -1))), 1, failure(q, signals.Parse, "the query gives more than one series")},
		"two series on two pages": {
			pages(page("a", result("q0", "x", "Complete", -1)), page("", result("q0", "y", "Complete", -1))),
			2, failure(q, signals.Parse, "the query gives more than one series"),
		},
		"html":       {pages("<html>"), 1, failure(q, signals.Parse, "the answer is not in the expected format")},
		"half":       {pages(page("", result("q0", "x", "Complete", -1))[:60]), 1, failure(q, signals.Parse, "the answer is not in the expected format")},
		"a NaN text": {pages(`{"MetricDataResults":[{"Id":"q0","StatusCode":"Complete","Timestamps":[1767322980],"Values":["NaN"]}]}`), 1, failure(q, signals.Invalid, "not a finite number")},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				_, _ = io.WriteString(w, tt.page(calls-1))
			})
			source := cloudwatch.New(testaws.NewProvider(t, s.Provider(v1alpha1.ProtocolJSON)), []cloudwatch.Query{q})
			require.Equal(t, tt.want, fetch(t, source)[q.Subject.Query])
			require.Equal(t, tt.calls, s.Total())
		})
	}
}

// TestThrottledPage: half of an answer is none.
func TestThrottledPage(t *testing.T) {
	q := metric("Sent")
	calls := 0
	s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 2 {
			testaws.Fault(w, 400, "Throttling")
			return
		}
		_, _ = io.WriteString(w, page("a", result("q0", "x", "Complete", -1)))
	})
	source := cloudwatch.New(testaws.NewProvider(t, s.Provider(v1alpha1.ProtocolJSON)), []cloudwatch.Query{q})
	require.Equal(t, signals.Throttled, fetch(t, source)[q.Subject.Query].Err.Reason)
}
