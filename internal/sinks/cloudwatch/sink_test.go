package cloudwatch_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

const mono = time.Hour // now, on the monotonic clock

var wall = time.Date(2026, 1, 2, 3, 4, 25, 0, time.UTC)

func newSink(t *testing.T, spec v1alpha1.AWSProvider, period time.Duration, ids ...policy.ID) *cloudwatch.Sink {
	t.Helper()
	policies := make([]cloudwatch.Policy, len(ids))
	for i, id := range ids {
		policies[i] = cloudwatch.Policy{ID: id, Compensate: id == thrifty}
	}
	return cloudwatch.New(testaws.NewProvider(t, spec), cloudwatch.Settings{
		Namespace: "Scaler", Period: period, Mono: func() time.Duration { return mono },
	}, policies)
}

var (
	orders  = policy.ID{Namespace: "shop", Name: "orders"}
	thrifty = policy.ID{Namespace: "shop", Name: "thrifty"} // compensates
)

// decision was made two seconds ago, from data of ten seconds before.
func decision(id policy.ID, desired, ordered int32) policy.Decision {
	return policy.Decision{
		Policy: id, At: signals.Instant{Wall: wall, Mono: mono - 2*time.Second}, Desired: policy.Replicas(desired),
		Workload: policy.Workload{State: policy.WorkloadKnown, Ordered: ordered},
		DataAt:   wall.Add(-10 * time.Second), Expires: mono + time.Second,
	}
}

// values are what arrived of a policy, by metric.
func values(c *testaws.CloudWatch, id policy.ID) map[string]float64 {
	out := map[string]float64{}
	for _, d := range c.Datums() {
		if maps.Equal(d.Dimensions, map[string]string{"Namespace": id.Namespace, "Policy": id.Name}) && d.Namespace == "Scaler" {
			out[d.Metric] = d.Value
		}
	}
	return out
}

func TestPublish(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(d *policy.Decision)
		want   map[string]float64
	}{
		"known":            {func(*policy.Decision) {}, map[string]float64{"DesiredReplicas": 6, "Utilization": 150, "SignalAgeSeconds": 12}},
		"nothing ordered":  {func(d *policy.Decision) { d.Workload.Ordered = 0 }, map[string]float64{"DesiredReplicas": 6, "Utilization": 600, "SignalAgeSeconds": 12}},
		"zero":             {func(d *policy.Decision) { d.Desired = policy.Replicas(0) }, map[string]float64{"DesiredReplicas": 0, "Utilization": 0, "SignalAgeSeconds": 12}},
		"no workload":      {func(d *policy.Decision) { d.Workload = policy.Workload{State: policy.WorkloadNone} }, map[string]float64{"DesiredReplicas": 6, "SignalAgeSeconds": 12}},
		"unknown workload": {func(d *policy.Decision) { d.Workload.State = policy.WorkloadUnknown }, map[string]float64{"DesiredReplicas": 6, "SignalAgeSeconds": 12}},
		"unknown":          {func(d *policy.Decision) { d.Desired = policy.Unknown("missing") }, map[string]float64{}},
		"expired since":    {func(d *policy.Decision) { d.Expires = mono }, map[string]float64{}},
		"data of tomorrow": {func(d *policy.Decision) { d.DataAt = wall.Add(time.Hour) }, map[string]float64{"DesiredReplicas": 6, "Utilization": 150, "SignalAgeSeconds": 0}},
		"another's":        {func(d *policy.Decision) { d.Policy.Name = "others" }, map[string]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			d := decision(orders, 6, 4)
			tt.change(&d)
			require.NoError(t, newSink(t, c.Provider(""), time.Minute, orders).Publish(t.Context(), []policy.Decision{d}))
			require.Equal(t, tt.want, values(c, orders))
		})
	}
}

func TestSignals(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(d *policy.Decision, r *policy.Reading)
		want   map[string]float64
	}{
		"fresh":                  {func(*policy.Decision, *policy.Reading) {}, map[string]float64{"requests": 12.5}},
		"zero":                   {func(_ *policy.Decision, r *policy.Reading) { r.Served.Value = 0 }, map[string]float64{"requests": 0}},
		"stale, and held":        {func(_ *policy.Decision, r *policy.Reading) { r.State = signals.StateStale }, map[string]float64{}},
		"absent":                 {func(_ *policy.Decision, r *policy.Reading) { r.State, r.Served = signals.StateAbsent, nil }, map[string]float64{}},
		"not confirmed":          {func(_ *policy.Decision, r *policy.Reading) { r.Served = nil }, map[string]float64{}},
		"expired since":          {func(_ *policy.Decision, r *policy.Reading) { r.Served.Expires = mono }, map[string]float64{}},
		"not asked for":          {func(_ *policy.Decision, r *policy.Reading) { r.Name = "latency" }, map[string]float64{}},
		"another's":              {func(d *policy.Decision, _ *policy.Reading) { d.Policy.Name = "others" }, map[string]float64{}},
		"beside a decision":      {func(d *policy.Decision, _ *policy.Reading) { d.Desired = policy.Replicas(6) }, map[string]float64{"requests": 12.5, "DesiredReplicas": 6, "SignalAgeSeconds": 12}},
		"of an unknown decision": {func(d *policy.Decision, _ *policy.Reading) { d.Desired = policy.Unknown("missing") }, map[string]float64{"requests": 12.5}},
	} {
		t.Run(name, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			d := decision(orders, 0, 0)
			d.Desired, d.Workload = policy.Unknown(policy.ReasonRelay), policy.Workload{State: policy.WorkloadNone}
			r := policy.Reading{Name: "requests", State: signals.StateFresh, Served: &policy.Served{Value: 12.5, Expires: mono + time.Second}}
			tt.change(&d, &r)
			d.Signals = []policy.Reading{{Name: "other", State: signals.StateFresh, Served: &policy.Served{Value: 1, Expires: mono + time.Second}}, r}
			sink := cloudwatch.New(testaws.NewProvider(t, c.Provider("")), cloudwatch.Settings{
				Namespace: "Scaler", Period: time.Minute, Mono: func() time.Duration { return mono },
			}, []cloudwatch.Policy{{ID: orders, Signals: []string{"requests"}}})
			require.NoError(t, sink.Publish(t.Context(), []policy.Decision{d}))
			require.Equal(t, tt.want, values(c, orders))
			for _, datum := range c.Datums() {
				require.Equal(t, wall.Add(-25*time.Second), datum.At)
			}
		})
	}
}

func TestTimestamps(t *testing.T) {
	for period, want := range map[time.Duration]testaws.Datum{
		time.Minute:      {At: wall.Add(-25 * time.Second)},
		10 * time.Second: {At: wall.Add(-5 * time.Second), Resolution: 1},
	} {
		t.Run(period.String(), func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			sink := newSink(t, c.Provider(""), period, orders)
			for range 2 { // twice is harmless: the same values at the same instant
				require.NoError(t, sink.Publish(t.Context(), []policy.Decision{decision(orders, 6, 4)}))
			}
			units := map[string]string{}
			for _, d := range c.Datums() {
				require.Equal(t, want.At, d.At)
				require.Equal(t, want.Resolution, d.Resolution)
				units[d.Metric] = d.Unit
			}
			require.Equal(t, map[string]string{"DesiredReplicas": "Count", "Utilization": "Percent", "SignalAgeSeconds": "Seconds"}, units)
			half := len(c.Datums()) / 2
			require.Equal(t, c.Datums()[:half], c.Datums()[half:])
		})
	}
}

// fleet makes decisions of three metrics each, but for two of two: 834 make 2,500.
func fleet(n int) ([]policy.ID, []policy.Decision) {
	ids, ds := make([]policy.ID, n), make([]policy.Decision, n)
	for i := range n {
		ids[i] = policy.ID{Namespace: "shop", Name: fmt.Sprint("orders-", i)}
		ds[i] = decision(ids[i], int32(i), 100)
		if i < 2 {
			ds[i].Workload = policy.Workload{State: policy.WorkloadNone}
		}
	}
	return ids, ds
}

func TestBatches(t *testing.T) {
	for disabled, zipped := range map[string]int{"true": 0, "false": 3} {
		t.Run("compression disabled "+disabled, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			t.Setenv("AWS_DISABLE_REQUEST_COMPRESSION", disabled)
			ids, ds := fleet(834)
			require.NoError(t, newSink(t, c.Provider(""), time.Minute, ids...).Publish(t.Context(), ds))
			require.Len(t, c.Datums(), 2500)
			require.Equal(t, 3, c.Calls("PutMetricData"))
			require.Equal(t, zipped, c.Zipped())
			require.InDelta(t, 7, values(c, ids[7])["Utilization"], 0)
		})
	}
	t.Run("nothing", func(t *testing.T) {
		c := testaws.StartCloudWatch(t)
		require.NoError(t, newSink(t, c.Provider(""), time.Minute).Publish(t.Context(), []policy.Decision{decision(orders, 1, 1)}))
		require.Zero(t, c.Total())
	})
	t.Run("long names", func(t *testing.T) {
		c := testaws.StartCloudWatch(t)
		ids, ds := fleet(334)
		for i := range ids {
			ids[i].Name = fmt.Sprintf("%0253d", i)
			ds[i].Policy = ids[i]
		}
		require.NoError(t, newSink(t, c.Provider(""), time.Minute, ids...).Publish(t.Context(), ds))
		require.Len(t, c.Datums(), 1000)
		require.Equal(t, 2, c.Calls("PutMetricData"), "a megabyte a request")
	})
}

func TestFailures(t *testing.T) {
	t.Run("some of it", func(t *testing.T) {
		c := testaws.StartCloudWatch(t)
		calls := 0
		c.Fail = func(string) (int, string) {
			if calls++; calls == 1 {
				return 403, "AccessDenied" // which is not tried again
			}
			return 0, ""
		}
		ids, ds := fleet(834)
		err := newSink(t, c.Provider(""), time.Minute, ids...).Publish(t.Context(), ds)
		require.Regexp(t, `^put (1000|500) of 2500 metrics in 1 of 3 requests: auth: AWS refuses the credentials or denies access$`, err.Error())
		var failure *signals.Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, signals.Auth, failure.Reason)
		require.Contains(t, []int{1500, 2000}, len(c.Datums()), "the others arrived")
		require.Equal(t, 3, c.Total())
	})
	t.Run("all of it", func(t *testing.T) {
		c := testaws.StartCloudWatch(t)
		c.Fail = func(string) (int, string) { return 400, "Throttling" }
		ids, ds := fleet(834)
		err := newSink(t, c.Provider(""), time.Minute, ids...).Publish(t.Context(), ds)
		require.EqualError(t, err, "put 2500 of 2500 metrics in 3 of 3 requests: throttled: AWS throttles the calls of this account")
		require.Equal(t, 6, c.Total(), "two attempts each")
	})
	t.Run("a blip", func(t *testing.T) {
		c := testaws.StartCloudWatch(t)
		calls := 0
		c.Fail = func(string) (int, string) {
			if calls++; calls == 1 {
				return 503, "ServiceUnavailable"
			}
			return 0, ""
		}
		require.NoError(t, newSink(t, c.Provider(""), time.Minute, orders).Publish(t.Context(), []policy.Decision{decision(orders, 1, 1)}))
		require.Equal(t, 2, c.Total())
	})
	t.Run("a long outage", func(t *testing.T) {
		c := testaws.StartCloudWatch(t)
		c.Fail = func(string) (int, string) { return 400, "Throttling" }
		sink := newSink(t, c.Provider(""), time.Minute, orders)
		for range 15 {
			require.Error(t, sink.Publish(t.Context(), []policy.Decision{decision(orders, 1, 1)}))
		}
		require.Equal(t, 15+10, c.Total(), "second attempts have a budget")
	})
}

// TestMoto reads with another client what the sink has put over JSON.
func TestMoto(t *testing.T) {
	m := testaws.Start(t)
	id := policy.ID{Namespace: "shop", Name: "put-by-test"}
	d := decision(id, 6, 4)
	d.At.Wall = time.Now().UTC()
	for range 2 {
		require.NoError(t, newSink(t, m.Provider(), time.Minute, id).Publish(t.Context(), []policy.Decision{d}))
	}
	from := d.At.Wall.Truncate(time.Minute)
	out := m.CLI(t, "cloudwatch", "get-metric-statistics", "--namespace", "Scaler", "--metric-name", "Utilization",
		"--dimensions", "Name=Namespace,Value=shop", "Name=Policy,Value=put-by-test", "--statistics", "Average", "--period", "60",
		"--start-time", from.Format(time.RFC3339), "--end-time", from.Add(time.Minute).Format(time.RFC3339))
	require.Regexp(t, `"Average": 150.0`, out)
}
