package cost_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/cost"
)

func builtIn(t *testing.T) cost.Prices {
	t.Helper()
	p, err := cost.ReadPrices(cost.Table)
	require.NoError(t, err)
	require.NotEmpty(t, p.Date)
	require.NotEmpty(t, p.Source)
	return p
}

func use(kind cost.Kind, every time.Duration, service, operation string, metrics int) cost.Use {
	return cost.Use{
		Kind: kind, Provider: "aws", Region: "eu-west-1", Interval: every,
		Calls: awsx.Calls{Each: []awsx.Call{{Service: service, Operation: operation, Metrics: metrics}}},
	}
}

// TestMetricsAreBilledNotCalls: a call for a hundred metrics costs what a hundred
// calls for one do, and asking less often is what saves.
func TestMetricsAreBilledNotCalls(t *testing.T) {
	p := builtIn(t)
	together := []cost.Use{use(cost.Read, time.Minute, awsx.ServiceCloudWatch, "GetMetricData", 100)}
	var apart, inline []cost.Use
	for range 100 {
		apart = append(apart, use(cost.Read, time.Minute, awsx.ServiceCloudWatch, "GetMetricData", 1))
		inline = append(inline, use(cost.Read, cost.InlinePoll, awsx.ServiceCloudWatch, "GetMetricData", 1),
			use(cost.Read, cost.InlineSync, awsx.ServiceCloudWatch, "GetMetricData", 1))
	}
	e := cost.New(cost.Usage{Uses: together, Single: apart, Inline: inline}, p)
	require.Len(t, e.Compared, 3)
	for i, want := range []struct{ calls, metrics, cost float64 }{
		{43_200, 4_320_000, 43.2}, {4_320_000, 4_320_000, 43.2}, {25_920_000, 25_920_000, 259.2},
	} {
		require.InDelta(t, want.calls, e.Compared[i].CallsPerMonth, 0.5, e.Compared[i].Way)
		require.InDelta(t, want.metrics, e.Compared[i].MetricsPerMonth, 0.5, e.Compared[i].Way)
		require.InDelta(t, want.cost, e.Compared[i].Cost, 0.005, e.Compared[i].Way)
	}
	require.InDelta(t, 43.2, e.Total, 0.005)
}

func TestStanding(t *testing.T) {
	p := builtIn(t)
	put := use(cost.Publish, time.Minute, awsx.ServiceCloudWatch, "PutMetricData", 1_000)
	uses := []cost.Use{put}
	for range 11 {
		uses[0].Calls.Each = append(uses[0].Calls.Each, put.Calls.Each[0])
	}
	e := cost.New(cost.Usage{Uses: uses, Tracked: 3}, p)
	require.Equal(t, 12_000, e.Standing[0].Count)
	require.InDelta(t, 10_000*0.30+2_000*0.10, e.Standing[0].Cost, 0.005, "the dearer tier is of the first alone")
	require.Equal(t, 6, e.Standing[1].Count)
	require.InDelta(t, 0.6, e.Standing[1].Cost, 0.005)
	require.InDelta(t, 12*43_200*1e-5, e.Calls[0].Cost, 0.005, "puts are billed by the call")
	require.InDelta(t, 3_200+0.6+12*0.432, e.Total, 0.005)
}

// TestLimits: providers of one account share its limits; others do not.
func TestLimits(t *testing.T) {
	p := builtIn(t)
	a := use(cost.Read, 10*time.Second, awsx.ServiceCloudWatch, "GetMetricData", 1)
	b, c, d := a, a, a
	b.Provider = "too"
	c.Provider, c.Account = "other", "123456789012"
	d.Region = "us-east-1"
	e := cost.New(cost.Usage{Uses: []cost.Use{a, b, c, d}}, p)
	require.Len(t, e.Limits, 3)
	require.Equal(t, []string{"aws", "too"}, e.Limits[0].Providers)
	require.InDelta(t, 0.2, e.Limits[0].PerSecond, 1e-9)
	require.InDelta(t, 2.0/3, e.Limits[0].AtStart, 1e-9)
	require.InDelta(t, 2.0/3/500, e.Limits[0].Share, 1e-9, "of the larger rate")
	require.NotContains(t, e.Table(), "123456789012")
}

func TestNoPriceIsToldNotTakenForFree(t *testing.T) {
	e := cost.New(cost.Usage{Uses: []cost.Use{use(cost.Read, time.Minute, "Kinesis", "DescribeStream", 0)}}, builtIn(t))
	require.Contains(t, e.Table(), "no price of Kinesis DescribeStream")
}

func TestPricesAreReadStrictly(t *testing.T) {
	good := string(cost.Table)
	for name, tt := range map[string]struct{ table, want string }{
		"unknown field":   {good + "\nalarmsPerMonth: 1\n", "alarmsPerMonth"},
		"no date":         {strings.Replace(good, "date: 2026-02", `date: ""`, 1), "date: required"},
		"negative":        {strings.Replace(good, "alarmPerMonth: 0.10", "alarmPerMonth: -1", 1), "alarmPerMonth: a price is 0 or more"},
		"not a number":    {strings.Replace(good, "alarmPerMonth: 0.10", "alarmPerMonth: .nan", 1), "alarmPerMonth: a price is 0 or more"},
		"tiers that fall": {strings.Replace(good, "upTo: 250000", "upTo: 2500", 1), "customMetrics[1]"},
		"no last tier":    {strings.Replace(good, "  - {perMonth: 0.02}\n", "", 1), "customMetrics[2]"},
		"no limit":        {strings.Replace(good, "PutMetricData, perSecond: 500", "PutMetricData, perSecond: 0", 1), "limits[1]"},
		"not YAML":        {"{", "read the price table"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, good, tt.table)
			_, err := cost.ReadPrices([]byte(tt.table))
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func FuzzReadPrices(f *testing.F) {
	f.Add(cost.Table)
	f.Add([]byte("{}"))
	f.Fuzz(func(_ *testing.T, table []byte) {
		if p, err := cost.ReadPrices(table); err == nil {
			_ = cost.New(cost.Usage{}, p).Table()
		}
	})
}
