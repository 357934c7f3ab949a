package forward

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// clocked is a breaker whose clock and chance are a test's.
type clocked struct {
	breaker

	at      time.Time
	luck    float64
	changes []bool
}

func newClocked() *clocked {
	c := &clocked{at: time.Unix(0, 0)}
	c.now = func() time.Time { return c.at }
	c.chance = func() float64 { return c.luck }
	c.changed = func(open bool) { c.changes = append(c.changes, open) }
	return c
}

// call is one that ends at once; false if it was not allowed.
func (c *clocked) call(v verdict) bool {
	ended, ok := c.allow()
	if ok {
		ended(v)
	}
	return ok
}

func (c *clocked) fail(t *testing.T, n int) {
	t.Helper()
	for range n {
		require.True(t, c.call(silent))
	}
}

func TestBreakerOpensAfterFailuresInARow(t *testing.T) {
	c := newClocked()
	for range 3 {
		c.fail(t, breakerFailures-1)
		require.True(t, c.call(untold))
		require.True(t, c.call(answered))
	}
	c.fail(t, breakerFailures-1)
	require.True(t, c.call(untold))
	require.Empty(t, c.changes)
	c.fail(t, 1)
	require.False(t, c.call(answered))
	require.Equal(t, []bool{true}, c.changes)
}

func TestBreakerTriesAgain(t *testing.T) {
	c := newClocked()
	c.fail(t, breakerFailures)
	for _, period := range []time.Duration{5, 10, 20, 40, 60, 60} {
		c.at = c.at.Add(period*time.Second - 1)
		require.False(t, c.call(silent), period)
		c.at = c.at.Add(1)
		require.True(t, c.call(silent), period)
	}
	c.at = c.at.Add(time.Minute)
	require.True(t, c.call(answered))
	require.Equal(t, []bool{true, false}, c.changes)
	c.fail(t, breakerFailures)
	c.at = c.at.Add(breakerFirst)
	require.True(t, c.call(answered), "the first period again")
}

func TestBreakerPeriodsAreShorterByChance(t *testing.T) {
	c := newClocked()
	c.luck = 0.999999
	c.fail(t, breakerFailures)
	c.at = c.at.Add(breakerFirst * 3 / 4)
	require.False(t, c.call(answered))
	c.at = c.at.Add(time.Millisecond)
	require.True(t, c.call(answered))
}

func TestBreakerTriesOneAtATime(t *testing.T) {
	c := newClocked()
	c.fail(t, breakerFailures)
	c.at = c.at.Add(breakerFirst)
	for range 3 { // a try that told nothing makes room for the next
		ended, ok := c.allow()
		require.True(t, ok)
		require.False(t, c.call(answered))
		ended(untold)
	}
	require.True(t, c.call(answered))
	require.True(t, c.call(answered))
}

// TestBreakerKnowsItsTry shows that calls from before it opened do not close it, nor
// prolong it.
func TestBreakerKnowsItsTry(t *testing.T) {
	c := newClocked()
	good, _ := c.allow()
	bad, _ := c.allow()
	c.fail(t, breakerFailures)
	c.at = c.at.Add(breakerFirst - 1)
	bad(silent)
	good(answered)
	require.False(t, c.call(answered))
	c.at = c.at.Add(1)
	require.True(t, c.call(answered))
	require.Equal(t, []bool{true, false}, c.changes)
}

// TestBreakerOfAnAdapter shows the whole: silence opens it, clients then get answers at
// once, and an adapter that is back is asked again within a minute.
func TestBreakerOfAnAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		away.Store(true)
		w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if away.Load() {
				<-r.Context().Done()
				return
			}
			jsonOf(metricBody)(w, r)
		}))
		for range breakerFailures {
			require.Contains(t, w.get(metricPath).Body.String(), "forward_timeout")
		}
		start := time.Now()
		for range 1000 {
			rec := w.get(metricPath)
			require.Equal(t, http.StatusServiceUnavailable, rec.Code)
			require.Contains(t, rec.Body.String(), "forward_breaker_open")
		}
		require.Zero(t, time.Since(start))
		require.Len(t, w.requests(), breakerFailures)
		require.InDelta(t, 1, testutil.ToFloat64(w.f.metrics.open), 0)

		for range 10 * 60 / 15 { // as an autoscaler asks, for ten minutes
			w.get(metricPath)
			time.Sleep(15 * time.Second)
		}
		require.Less(t, len(w.requests()), breakerFailures+18, "tried about once a minute")

		away.Store(false)
		time.Sleep(breakerLongest)
		require.Equal(t, http.StatusOK, w.get(metricPath).Code)
		require.Equal(t, http.StatusOK, w.get(metricPath).Code)
		require.InDelta(t, 0, testutil.ToFloat64(w.f.metrics.open), 0)
		require.Equal(t, 1, strings.Count(w.logs.String(), "forwarding paused"))
		require.Equal(t, 1, strings.Count(w.logs.String(), "forwarding resumed"))
	})
}

// TestAnswersDoNotOpenTheBreaker shows that one team's broken metric keeps no other
// from its autoscaler.
func TestAnswersDoNotOpenTheBreaker(t *testing.T) {
	for _, c := range faults() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.adapter, changes(c.change)...)
				for range breakerFailures + 1 {
					w.get(metricPath)
				}
				opened := w.count(resultOpen) == 1
				require.Equal(t, c.result == resultTimeout || c.result == resultUnavailable, opened)
			})
		})
	}
}
