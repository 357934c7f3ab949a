package cloudwatch_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

var (
	end    = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	window = signals.Window{To: end.Add(25 * time.Second)}
)

func metric(name string) cloudwatch.Query { return metricEvery(name, time.Minute) }

func metricEvery(name string, period time.Duration) cloudwatch.Query {
	return cloudwatch.Query{
		Subject: signals.Subject{Provider: "aws", Query: name + " " + period.String()},
		CloudWatch: &v1alpha1.CloudWatchSignal{
			Period: v1alpha1.Duration{Duration: period},
			CloudWatchMetric: v1alpha1.CloudWatchMetric{
				Namespace: "Shop", Metric: name, Statistic: "Sum", Dimensions: map[string]string{"b": "2", "a": "1"},
			},
		},
	}
}

// expression is metric math over metrics whose ids are their names.
func expression(text string, ids ...string) cloudwatch.Query {
	q := cloudwatch.Query{Subject: signals.Subject{Provider: "aws", Query: text}, CloudWatch: &v1alpha1.CloudWatchSignal{Expression: text}}
	for _, id := range ids {
		q.CloudWatch.Metrics = append(q.CloudWatch.Metrics, v1alpha1.NamedCloudWatchMetric{
			ID: id, CloudWatchMetric: metric(id).CloudWatch.CloudWatchMetric,
		})
	}
	return q
}

// fetch gives the outcomes by their subjects' queries, without the skew that the
// test's own window makes.
func fetch(t *testing.T, s *cloudwatch.Source) map[string]signals.Outcome {
	t.Helper()
	got, err := s.Fetch(t.Context(), window)
	require.NoError(t, err)
	require.Len(t, got, len(s.Subjects()), "one outcome for each subject")
	out := map[string]signals.Outcome{}
	for _, o := range got {
		o.Skew = 0
		out[o.Subject.Query] = o
		o.Subject = signals.Subject{}
	}
	return out
}

// one fetches a single query.
func one(t *testing.T, c *testaws.CloudWatch, q cloudwatch.Query) signals.Outcome {
	t.Helper()
	return fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), []cloudwatch.Query{q}))[q.Subject.Query]
}

func sample(q cloudwatch.Query, at time.Time, v float64) signals.Outcome {
	return signals.Outcome{Subject: q.Subject, Samples: []signals.Sample{{At: at, Value: v}}}
}

func failure(q cloudwatch.Query, reason signals.Reason, detail string) signals.Outcome {
	return signals.Outcome{Subject: q.Subject, Err: &signals.Error{Reason: reason, Detail: detail}}
}

func absence(q cloudwatch.Query) signals.Outcome {
	o := failure(q, signals.Absent, "there is no datapoint")
	o.Err.Answered = true
	return o
}

func TestRequest(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	one(t, c, metric("Sent"))
	require.Equal(t, []testaws.Read{{
		Start: end.Add(-5 * time.Minute), End: end, Descending: true,
		Queries: []testaws.Query{{
			ID: "q0", Namespace: "Shop", Metric: "Sent", Statistic: "Sum", Period: 60, Dimensions: map[string]string{"a": "1", "b": "2"},
		}},
	}}, c.Reads())
}

func TestWindow(t *testing.T) {
	for period, start := range map[time.Duration]time.Duration{
		time.Second: 5 * time.Minute, 10 * time.Second: 5 * time.Minute, time.Minute: 5 * time.Minute,
		5 * time.Minute: 25 * time.Minute, time.Hour: 5 * time.Hour,
	} {
		t.Run(period.String(), func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			one(t, c, metricEvery("Sent", period))
			read := c.Reads()[0]
			require.Zero(t, read.End.Unix()%int64(period.Seconds()), "aligned to the period")
			require.Equal(t, start, read.End.Sub(read.Start))
			require.False(t, read.End.After(window.To))
			require.Less(t, window.To.Sub(read.End), period)
		})
	}
}

func TestDatapoints(t *testing.T) {
	q := metric("Sent")
	at := func(minutes int) time.Time { return end.Add(time.Duration(minutes) * time.Minute) }
	for name, tt := range map[string]struct {
		series testaws.Series
		want   signals.Outcome
	}{
		"the newest, at its period's end": {testaws.Series{Times: []time.Time{at(-1), at(-2)}, Values: []float64{7, 8}}, sample(q, end, 7)},
		"in any order":                    {testaws.Series{Times: []time.Time{at(-3), at(-2), at(-4)}, Values: []float64{7, 8, 9}}, sample(q, at(-1), 8)},
		"an incomplete period":            {testaws.Series{Times: []time.Time{at(0), at(-1)}, Values: []float64{1, 8}}, sample(q, end, 8)},
		"an incomplete period alone":      {testaws.Series{Times: []time.Time{at(0)}, Values: []float64{1}}, absence(q)},
		"none":                            {testaws.Series{}, absence(q)},
		"zero":                            {testaws.Series{Times: []time.Time{at(-1)}, Values: []float64{0}}, sample(q, end, 0)},
		"partial":                         {testaws.Series{Times: []time.Time{at(-1)}, Values: []float64{1}, Status: "PartialData"}, failure(q, signals.Partial, "CloudWatch gave some of the datapoints")},
		"internal error":                  {testaws.Series{Status: "InternalError"}, failure(q, signals.Unavailable, "CloudWatch failed on the query")},
		"forbidden":                       {testaws.Series{Status: "Forbidden"}, failure(q, signals.Auth, "CloudWatch denies access to the metric")},
		"a new status":                    {testaws.Series{Times: []time.Time{at(-1)}, Values: []float64{1}, Status: "Odd"}, failure(q, signals.Partial, "CloudWatch does not say that the answer is complete")},
		"fewer values":                    {testaws.Series{Times: []time.Time{at(-1), at(-2)}, Values: []float64{7}}, failure(q, signals.Parse, "the answer has timestamps and values of unequal number")},
		"more values":                     {testaws.Series{Times: []time.Time{at(-1)}, Values: []float64{7, 8}}, failure(q, signals.Parse, "the answer has timestamps and values of unequal number")},
		"NaN":                             {testaws.Series{Times: []time.Time{at(-1)}, Values: []float64{math.NaN()}}, failure(q, signals.Invalid, "not a finite number")},
		"infinity":                        {testaws.Series{Times: []time.Time{at(-1)}, Values: []float64{math.Inf(1)}}, failure(q, signals.Invalid, "not a finite number")},
		"an old NaN":                      {testaws.Series{Times: []time.Time{at(-1), at(-2)}, Values: []float64{7, math.NaN()}}, sample(q, end, 7)},
	} {
		t.Run(name, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			c.Read = func(testaws.Query) testaws.Series { return tt.series }
			require.Equal(t, tt.want, one(t, c, q))
		})
	}
}

// constant answers each query with a value at the newest complete period.
func constant(value func(q testaws.Query) float64) func(testaws.Query) testaws.Series {
	return func(q testaws.Query) testaws.Series {
		period := time.Duration(max(60, q.Period)) * time.Second
		return testaws.Series{Times: []time.Time{end.Truncate(period).Add(-period)}, Values: []float64{value(q)}}
	}
}

func TestPacking(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = constant(func(q testaws.Query) float64 {
		var n float64
		_, _ = fmt.Sscanf(q.Metric, "Sent%f", &n)
		return n
	})
	var queries []cloudwatch.Query
	for i := range 1200 {
		queries = append(queries, metric(fmt.Sprint("Sent", i)))
	}
	s := cloudwatch.New(testaws.NewProvider(t, c.Provider("")), queries)
	for poll := range 2 {
		got := fetch(t, s)
		for i, q := range queries {
			require.Equal(t, sample(q, end, float64(i)), got[q.Subject.Query])
		}
		require.Equal(t, 3*(poll+1), c.Calls("GetMetricData"), "500 queries a call")
	}
	for _, read := range c.Reads() {
		require.LessOrEqual(t, len(read.Queries), 500)
	}
}

func TestPackingCounts(t *testing.T) {
	many := func(n int, of func(i int) cloudwatch.Query) []cloudwatch.Query {
		out := make([]cloudwatch.Query, n)
		for i := range out {
			out[i] = of(i)
		}
		return out
	}
	for name, tt := range map[string]struct {
		queries      []cloudwatch.Query
		calls, asked int
	}{
		"identical ones": {many(700, func(i int) cloudwatch.Query {
			q := metric("Sent")
			q.Subject.Query += strconv.Itoa(i)
			return q
		}), 1, 1},
		"hidden inputs count": {many(200, func(i int) cloudwatch.Query {
			return expression(fmt.Sprintf("m%d+n%d", i, i), fmt.Sprint("m", i), fmt.Sprint("n", i))
		}), 2, 600},
		"shared inputs":             {many(400, func(i int) cloudwatch.Query { return expression(fmt.Sprintf("m+%d", i), "m") }), 1, 401},
		"an input that is a signal": {[]cloudwatch.Query{expression("m*2", "m"), metric("m")}, 1, 2},
		"by period": {[]cloudwatch.Query{
			metricEvery("a", time.Minute), metricEvery("b", 10*time.Second), metricEvery("c", time.Minute), metricEvery("d", 5*time.Minute),
		}, 3, 4},
		"by datapoints, of which a second's are many": {many(500, func(i int) cloudwatch.Query { return metricEvery(fmt.Sprint("m", i), time.Second) }), 2, 500},
		"alone": {[]cloudwatch.Query{
			metric("a"), expression(`SUM(METRICS())`, "m"), expression(`SUM(SEARCH('{Shop} x', 'Sum', 60))`), expression(`SELECT AVG(x) FROM y`), metric("b"),
		}, 4, 6},
	} {
		t.Run(name, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			c.Read = constant(func(testaws.Query) float64 { return 1 })
			for _, o := range fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), tt.queries)) {
				require.Nil(t, o.Err)
			}
			asked := 0
			for _, read := range c.Reads() {
				asked += len(read.Queries)
				require.LessOrEqual(t, len(read.Queries), 500)
				require.LessOrEqual(t, len(read.Queries)*int(read.End.Sub(read.Start)/time.Second)/max(1, read.Queries[0].Period), 100_800)
				ids := map[string]bool{}
				for _, q := range read.Queries {
					require.False(t, ids[q.ID], "ids are unique in a call")
					ids[q.ID] = true
				}
			}
			require.Equal(t, tt.calls, c.Calls("GetMetricData"))
			require.Equal(t, tt.asked, asked)
		})
	}
}

func TestExpressions(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = constant(func(testaws.Query) float64 { return 5 })
	queries := []cloudwatch.Query{
		expression("m1 / m2", "m1", "m2"),
		expression("IF(m2 > 1e3, m2, 'm1')", "m1", "m2"), // the same ids of another signal
		metric("m2"),
	}
	for _, o := range fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), queries)) {
		require.Nil(t, o.Err)
	}
	byID := map[string]string{}
	var texts []string
	for _, q := range c.Reads()[0].Queries {
		byID[q.ID] = q.Metric
		require.Equal(t, q.Metric == "m1", q.Hidden, "only what is wanted is returned")
		if q.Expression != "" {
			texts = append(texts, q.Expression)
		}
	}
	m1, m2 := "", ""
	for id, name := range byID {
		switch name {
		case "m1":
			m1 = id
		case "m2":
			m2 = id
		}
	}
	require.ElementsMatch(t, []string{m1 + " / " + m2, fmt.Sprintf("IF(%s > 1e3, %s, 'm1')", m2, m2)}, texts)
}

func TestFaultyQueries(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = constant(func(testaws.Query) float64 { return 1 })
	foreign, open, good := expression("m1 + q0", "m1"), expression("m1 + 'x", "m1"), metric("Sent")
	empty := cloudwatch.Query{Subject: signals.Subject{Query: "empty"}}
	fraction := metricEvery("Sent", 1500*time.Millisecond)
	got := fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), []cloudwatch.Query{foreign, open, empty, fraction, good}))
	require.Equal(t, failure(foreign, signals.Missing, "the expression refers to an id that metrics does not name"), got[foreign.Subject.Query])
	require.Equal(t, failure(open, signals.Invalid, "the expression has a string without an end"), got[open.Subject.Query])
	require.Equal(t, failure(empty, signals.Invalid, "the query is empty"), got["empty"])
	require.Equal(t, failure(fraction, signals.Invalid, "the period is not in whole seconds"), got[fraction.Subject.Query])
	require.Equal(t, sample(good, end, 1), got[good.Subject.Query])
}

// TestFaultsOfACall: what befalls a call befalls its own subjects alone.
func TestFaultsOfACall(t *testing.T) {
	for code, want := range map[string]signals.Reason{
		"Throttling":           signals.Throttled,
		"AccessDenied":         signals.Auth,
		"InternalServiceFault": signals.Unavailable,
	} {
		t.Run(code, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			c.Read = constant(func(testaws.Query) float64 { return 1 })
			calls := 0
			c.Fail = func(string) (int, string) {
				if calls++; calls == 2 {
					return 400, code
				}
				return 0, ""
			}
			a, b, d := metricEvery("a", time.Minute), metricEvery("b", 2*time.Minute), metricEvery("c", 3*time.Minute)
			failed := 0
			for _, o := range fetch(t, cloudwatch.New(testaws.NewProvider(t, c.Provider("")), []cloudwatch.Query{a, b, d})) {
				if o.Err != nil {
					require.Equal(t, want, o.Err.Reason)
					failed++
				}
			}
			require.Equal(t, 1, failed)
			require.Equal(t, 3, c.Total())
		})
	}
}

// TestRefused: one query that CloudWatch does not accept does not fail the others
// for longer than it takes to find it.
func TestRefused(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = constant(func(testaws.Query) float64 { return 1 })
	c.Refuse = func(q testaws.Query) bool { return q.Metric == "bad7" || q.Metric == "bad300" }
	var queries []cloudwatch.Query
	for i := range 400 {
		name := fmt.Sprint("good", i)
		if i == 7 || i == 300 {
			name = fmt.Sprint("bad", i)
		}
		queries = append(queries, metric(name))
	}
	s := cloudwatch.New(testaws.NewProvider(t, c.Provider("")), queries)
	for poll := range 3 {
		before := c.Total()
		bad := 0
		for _, o := range fetch(t, s) {
			if o.Err != nil {
				require.Equal(t, signals.Invalid, o.Err.Reason)
				bad++
			}
		}
		if poll == 0 {
			require.LessOrEqual(t, c.Total()-before, 1+32)
			require.Less(t, bad, 100)
			continue
		}
		require.Equal(t, 2, bad)
		require.LessOrEqual(t, c.Total()-before, 3)
	}

	c.Refuse = func(testaws.Query) bool { return true }
	_ = fetch(t, s)
	for range 60 {
		_ = fetch(t, s) // until every query was found out
	}
	before := c.Total()
	_ = fetch(t, s)
	require.LessOrEqual(t, c.Total()-before, 2)
}

// TestCalls: an outage costs no more calls than health.
func TestCalls(t *testing.T) {
	c := testaws.StartCloudWatch(t)
	c.Read = constant(func(testaws.Query) float64 { return 1 })
	var queries []cloudwatch.Query
	for i := range 600 {
		queries = append(queries, metric(fmt.Sprint("Sent", i)))
	}
	s := cloudwatch.New(testaws.NewProvider(t, c.Provider("")), queries)
	for _, code := range []string{"", "Throttling", "AccessDenied", "InternalServiceFault", ""} {
		c.Fail = func(string) (int, string) { return 400, code }
		before := c.Total()
		for range 5 {
			_ = fetch(t, s)
		}
		require.Equal(t, 10, c.Total()-before, code)
	}
}

func TestSkew(t *testing.T) {
	s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, `{"MetricDataResults":[{"Id":"q0","StatusCode":"Complete","Timestamps":[1767323040,1767322320],"Values":[1,2]}]}`)
	})
	q := metric("Sent")
	source := cloudwatch.New(testaws.NewProvider(t, s.Provider(v1alpha1.ProtocolJSON)), []cloudwatch.Query{q})
	first, err := source.Fetch(t.Context(), signals.Window{To: end.Add(time.Hour)})
	require.NoError(t, err)
	require.InDelta(t, -600, first[0].Skew.Seconds(), 5)
	// By CloudWatch's clock it is ten minutes earlier, and the newest period is not over.
	second, err := source.Fetch(t.Context(), window)
	require.NoError(t, err)
	require.Equal(t, []signals.Sample{{At: end.Add(-11 * time.Minute), Value: 2}}, second[0].Samples)
}

func TestDeadline(t *testing.T) {
	s := testaws.Serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	got, err := cloudwatch.New(testaws.NewProvider(t, s.Provider("")), []cloudwatch.Query{metric("a"), metricEvery("b", time.Second)}).Fetch(ctx, window)
	require.NoError(t, err)
	require.Len(t, got, 2)
	for _, o := range got {
		require.Equal(t, signals.Timeout, o.Err.Reason)
	}
}
