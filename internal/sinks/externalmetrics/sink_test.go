package externalmetrics

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func at(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

func TestReasonsOfRows(t *testing.T) {
	value := func(v float64) *float64 { return &v }
	b := NewBoard(at(10 * time.Second))
	r, ok := b.read("shop", "anything")
	require.True(t, ok)
	require.Equal(t, "starting", r.reason)

	d := policy.Decision{
		Policy:  orders,
		Desired: policy.Unknown("missing"),
		Signals: []policy.Reading{
			{Name: "a", State: signals.StateFresh, Value: value(math.NaN()), Served: &policy.Served{Value: *value(math.NaN()), At: wall, Expires: time.Minute}},
			{Name: "b", State: signals.StateFresh, Value: value(1e16), Served: &policy.Served{Value: *value(1e16), At: wall, Expires: time.Minute}},
			{Name: "c", State: signals.StateFresh, Value: value(4e-4), Served: &policy.Served{Value: *value(4e-4), At: wall, Expires: time.Minute}},
			{Name: "d", State: signals.StateFresh, Value: value(-1), Served: &policy.Served{Value: *value(-1), At: wall, Expires: time.Minute}},
			{Name: "e", State: signals.StateStale, Value: value(1), Served: &policy.Served{Value: *value(1), At: wall, Expires: 10 * time.Second}},
			{Name: "f", State: signals.StateStale},
			{Name: "g", State: signals.StateExpired},
			{Name: "h", State: signals.StateError, Reason: signals.Throttled},
			{Name: "i", State: signals.StateAbsent, Reason: signals.NotPolled},
			{Name: "j", State: signals.StateAbsent},
			{Name: "k", State: signals.StateInvalid},
			{Name: "l", State: signals.StateMissing},
			{Name: "m", State: signals.StateError},
			{Name: "n", State: "Unheard"},
			{Name: "o", State: signals.StateFresh, Value: value(0)}, // not confirmed
		},
	}
	nothing := policy.Decision{Policy: policy.ID{Namespace: "shop", Name: "none"}}
	sink := NewSink(b, map[policy.ID]string{orders: "w", nothing.Policy: "none"})
	require.NoError(t, sink.Publish(t.Context(), []policy.Decision{d, nothing}))
	for metric, want := range map[string]string{
		"w": "missing", "none": "unknown",
		"w.a": "out_of_range", "w.b": "out_of_range", "w.c": "out_of_range", "w.d": "out_of_range",
		"w.e": "expired", "w.f": "stale", "w.g": "expired", "w.h": "throttled", "w.i": "not_polled",
		"w.j": "absent", "w.k": "invalid", "w.l": "missing", "w.m": "unknown", "w.n": "unknown", "w.o": "may_not_lower",
	} {
		r, ok := b.read("shop", metric)
		require.True(t, ok, metric)
		require.Equal(t, want, r.reason, metric)
	}
}

func TestNamesChangeBetweenTicks(t *testing.T) {
	b := NewBoard(at(0))
	bill := policy.ID{Namespace: "shop", Name: "bill"}
	hidden := policy.ID{Namespace: "shop", Name: "hidden"}
	s := NewSink(b, map[policy.ID]string{orders: "renamed", bill: "bill"})
	steps := []struct {
		name string
		ds   []policy.Decision
		want map[string]int64 // rows in thousandths; what is not named is gone
	}{
		{"one", []policy.Decision{known(orders, 4, 37)}, map[string]int64{"renamed": 4000, "renamed.backlog": 37_000}},
		{"same again", []policy.Decision{known(orders, 5, 41)}, map[string]int64{"renamed": 5000, "renamed.backlog": 41_000}},
		{"not in names", []policy.Decision{known(hidden, 1, 1), known(orders, 6, 50)}, map[string]int64{"renamed": 6000, "renamed.backlog": 50_000}},
		{"other", []policy.Decision{known(bill, 2, 3)}, map[string]int64{"bill": 2000, "bill.backlog": 3000}},
		{"both", []policy.Decision{known(bill, 2, 3), known(orders, 7, 60)}, map[string]int64{"bill": 2000, "bill.backlog": 3000, "renamed": 7000, "renamed.backlog": 60_000}},
		{"swapped", []policy.Decision{known(orders, 8, 70), known(bill, 9, 80)}, map[string]int64{"bill": 9000, "bill.backlog": 80_000, "renamed": 8000, "renamed.backlog": 70_000}},
		{"none", nil, nil},
	}
	for _, step := range steps {
		require.NoError(t, s.Publish(t.Context(), step.ds))
		for _, metric := range []string{"renamed", "renamed.backlog", "bill", "bill.backlog", "hidden", "hidden.backlog", "orders-worker"} {
			r, ok := b.read("shop", metric)
			want, served := step.want[metric]
			require.Equal(t, served, ok, "%s: %s", step.name, metric)
			require.Equal(t, want, r.milli, "%s: %s", step.name, metric)
		}
	}

	d := known(orders, 4, 37)
	require.NoError(t, s.Publish(t.Context(), []policy.Decision{d}))
	d.Signals[0].Name = "requests"
	require.NoError(t, s.Publish(t.Context(), []policy.Decision{d}))
	_, ok := b.read("shop", "renamed.backlog")
	require.False(t, ok)
	_, ok = b.read("shop", "renamed.requests")
	require.True(t, ok)
}

func TestPublishedBoardIsNeverWritten(t *testing.T) {
	b := NewBoard(at(0))
	s := NewSink(b, map[policy.ID]string{orders: "w"})
	require.NoError(t, s.Publish(t.Context(), []policy.Decision{known(orders, 4, 37)}))
	before := b.now.Load()
	for n := range int32(5) {
		require.NoError(t, s.Publish(t.Context(), []policy.Decision{known(orders, 10+n, 1)}))
	}
	require.Equal(t, int64(4000), before.rows[before.index[key{"shop", "w"}]].milli)
	require.NotSame(t, before, b.now.Load())
}

func TestReadAllocatesNothing(t *testing.T) {
	b := NewBoard(at(0))
	require.NoError(t, NewSink(b, map[policy.ID]string{orders: "w"}).Publish(t.Context(), []policy.Decision{known(orders, 4, 37)}))
	require.Zero(t, testing.AllocsPerRun(100, func() { b.read("shop", "w.backlog") }))
}

// A reader sees the rows of one tick, whole: the value of a row tells the tick, and
// of two rows read one after the other the second is not of an earlier tick.
func TestPublishWhileReading(t *testing.T) {
	b := NewBoard(at(0))
	s := NewSink(b, map[policy.ID]string{orders: "w"})
	require.NoError(t, s.Publish(t.Context(), []policy.Decision{known(orders, 0, 0)}))
	const ticks = 500
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for last := int64(0); last < ticks*milliPerUnit; {
				first, ok := b.read("shop", "w")
				second, ok2 := b.read("shop", "w.backlog")
				if !ok || !ok2 || first.milli < last || second.milli < first.milli {
					t.Errorf("read %d then %d after %d", first.milli, second.milli, last)
					return
				}
				last = second.milli
			}
		})
	}
	for n := int32(1); n <= ticks; n++ {
		require.NoError(t, s.Publish(t.Context(), []policy.Decision{known(orders, n, float64(n))}))
	}
	wg.Wait()
}

func BenchmarkPublish(b *testing.B) {
	const policies = 10_000
	names := make(map[policy.ID]string, policies)
	ds := make([]policy.Decision, policies)
	for i := range ds {
		id := policy.ID{Namespace: fmt.Sprintf("ns-%d", i%100), Name: fmt.Sprintf("policy-%d", i)}
		names[id], ds[i] = id.Name, known(id, 4, 37)
	}
	s := NewSink(NewBoard(at(0)), names)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Publish(b.Context(), ds); err != nil {
			b.Fatal(err)
		}
	}
}
