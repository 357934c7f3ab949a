package scrape

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// look is a page that is fetched at an instant, and what comes of it: a rate, or the
// reason why there is none.
type look struct {
	after  time.Duration
	page   string
	rate   float64
	reason signals.Reason
	at     time.Time
}

func s(n int) time.Duration { return time.Duration(n) * time.Second }

func TestRate(t *testing.T) {
	for name, looks := range map[string][]look{
		"steady": {
			{after: s(0), page: "x 100\n", reason: signals.Absent},
			{after: s(10), page: "x 150\n", rate: 5},
			{after: s(20), page: "x 150\n", rate: 0},
			{after: s(32), page: "x 162\n", rate: 1},
		},
		"several series": {
			{after: s(0), page: "x{a=\"1\"} 100\nx{a=\"2\"} 7\n", reason: signals.Absent},
			{after: s(10), page: "x{a=\"2\"} 17\nx{a=\"1\"} 120\n", rate: 3},
		},
		"a restart": {
			{after: s(0), page: "x 100\n", reason: signals.Absent},
			{after: s(10), page: "x 150\n", rate: 5},
			{after: s(20), page: "x 3\n", reason: signals.Absent},
			{after: s(30), page: "x 13\n", rate: 1},
		},
		"a restart of one of two": {
			{after: s(0), page: "x{a=\"1\"} 100\nx{a=\"2\"} 7\n", reason: signals.Absent},
			{after: s(10), page: "x{a=\"1\"} 110\nx{a=\"2\"} 6\n", reason: signals.Absent},
			{after: s(20), page: "x{a=\"1\"} 120\nx{a=\"2\"} 16\n", rate: 2},
		},
		"a restart before the first request": {
			{after: s(0), page: "x 100\n", reason: signals.Absent},
			{after: s(10), page: "y 1\n", reason: signals.Missing},
			{after: s(20), page: "x 200\n", reason: signals.Absent},
			{after: s(30), page: "x 210\n", rate: 1},
		},
		"a series that is new": {
			{after: s(0), page: "x{a=\"1\"} 100\n", reason: signals.Absent},
			{after: s(10), page: "x{a=\"1\"} 110\nx{a=\"2\"} 5\n", rate: 1.5},
		},
		"only new series": {
			{after: s(0), page: "x{a=\"1\"} 100\n", reason: signals.Absent},
			{after: s(10), page: "x{a=\"2\"} 5\n", reason: signals.Absent},
			{after: s(20), page: "x{a=\"2\"} 15\n", rate: 1},
		},
		"a series that comes back": {
			{after: s(0), page: "x{a=\"1\"} 100\nx{a=\"2\"} 1000\n", reason: signals.Absent},
			{after: s(10), page: "x{a=\"1\"} 110\n", rate: 1},
			{after: s(20), page: "x{a=\"1\"} 120\nx{a=\"2\"} 1020\n", rate: 2},
		},
		"a bad page between": {
			{after: s(0), page: "x 100\n", reason: signals.Absent},
			{after: s(10), page: "nonsense\n", reason: signals.Parse},
			{after: s(20), page: "x NaN\n", reason: signals.Absent},
			{after: s(30), page: "x 130\n", rate: 1},
		},
		"a look too long ago": {
			{after: s(0), page: "x 100\n", reason: signals.Absent},
			{after: s(51), page: "x 1120\n", reason: signals.Absent},
			{after: s(61), page: "x 1140\n", rate: 2},
		},
		"timestamps of the page": {
			{after: s(0), page: "x 100 1795334400000\n", reason: signals.Absent},
			{after: s(10), page: "x 150 1795334420000\n", rate: 2.5, at: start.Add(s(20))},
			{after: s(20), page: "x 150 1795334420000\n", rate: 2.5, at: start.Add(s(20))},
			{after: s(30), page: "x 160 1795334420000\n", reason: signals.Absent},
			{after: s(40), page: "x 170 1795334410000\n", reason: signals.Absent},
		},
		"a page that stands still from the start": {
			{after: s(0), page: "x 100 1795334400000\n", reason: signals.Absent},
			{after: s(10), page: "x 100 1795334400000\n", reason: signals.Absent},
			{after: s(20), page: "x 120 1795334410000\n", rate: 2, at: start.Add(s(10))},
		},
		"a page fetched twice at once": {
			{after: s(0), page: "x 100\n", reason: signals.Absent},
			{after: s(0), page: "x 100\n", reason: signals.Absent},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var body string
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(text, body)(w, r) })
			source := newSources(t, h, v1alpha1.ScrapeSignal{Metric: "x", Rate: true})[0]
			for _, l := range looks {
				body = l.page
				o := fetch(t, source, l.after)
				if l.reason != "" {
					require.NotNil(t, o.Err, "after %s", l.after)
					require.Equal(t, l.reason, o.Err.Reason, "after %s", l.after)
					require.Empty(t, o.Samples)
					continue
				}
				require.Nil(t, o.Err, "after %s", l.after)
				require.Len(t, o.Samples, 1)
				require.InDelta(t, l.rate, o.Samples[0].Value, 1e-9, "after %s", l.after)
				require.Equal(t, l.at, o.Samples[0].At)
			}
		})
	}
}

// TestRateUnderAClockThatSteps: what is counted per second is counted on the
// monotonic clock.
func TestRateUnderAClockThatSteps(t *testing.T) {
	n := newNumber(query(v1alpha1.ScrapeSignal{Metric: "x", Rate: true}))
	at := func(w signals.Window, value float64) signals.Outcome {
		return n.outcome(found{named: true, points: []point{{series: "x", value: value}}}, w)
	}
	require.NotNil(t, at(window(0), 100).Err)
	stepped := window(s(10))
	stepped.From, stepped.To = stepped.From.Add(10*time.Minute), stepped.To.Add(10*time.Minute)
	o := at(stepped, 150)
	require.Nil(t, o.Err)
	require.InDelta(t, 5, o.Samples[0].Value, 0)
}

// TestCounterIsBounded: what is remembered of series that went is no more than a
// page may hold.
func TestCounterIsBounded(t *testing.T) {
	c := &counter{}
	for i := range 50 {
		points := []point{{series: "stays", value: float64(i)}}
		for k := range maxSeries - 1 {
			points = append(points, point{series: string(rune(i*maxSeries + k + 0x100)), value: 1})
		}
		_, _ = c.rates(points, window(s(10*i)))
		require.LessOrEqual(t, len(c.last), maxSeries)
	}
}
