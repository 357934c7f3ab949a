package demo

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

func TestClock(t *testing.T) {
	require.Equal(t, "06:00", clockText(0))
	require.Equal(t, "18:00", clockText(day/2))
	require.Equal(t, "06:00", clockText(day))
	require.Equal(t, "00:00", clockText(day*3/4))
}

// TestTrafficShape draws the day, hour by hour and twice.
func TestTrafficShape(t *testing.T) {
	var values []float64
	for h := range 48 {
		values = append(values, rate(time.Duration(h)*30*time.Minute))
	}
	testgolden.Equal(t, "testdata/traffic.txt", sparkline(values, 48, false)+"\n"+sparkline(values, 48, true)+"\n"+sparkline(values, 24, false)+"\n")
	require.Less(t, rate(3*time.Hour), 30.0)
	require.Greater(t, rate(16*time.Hour), 2.5*rate(14*time.Hour), "the flash crowd")
}

func TestArrivalsHaveTheirMean(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0)) //nolint:gosec // a test's numbers
	for _, mean := range []float64{0, 0.5, 3, 45} {
		var sum int64
		for range 10_000 {
			sum += arrivals(r, mean)
		}
		require.InDelta(t, mean, float64(sum)/10_000, 0.02+mean*0.02)
	}
}

// TestWorldIsDeterministic: equal seeds and orders give equal worlds, however
// the time is cut; another seed gives another.
func TestWorldIsDeterministic(t *testing.T) {
	a, b, c := newWorld(1), newWorld(1), newWorld(2)
	for i := range 100 {
		a.advance(time.Duration(i) * 137 * time.Millisecond)
	}
	b.advance(99 * 137 * time.Millisecond)
	c.advance(99 * 137 * time.Millisecond)
	require.Equal(t, a.look(), b.look())
	require.NotEqual(t, a.look(), c.look())
}

// TestWorldWithoutScaling: two replicas do not last a day; the backlog tells.
func TestWorldWithoutScaling(t *testing.T) {
	w := newWorld(1)
	w.advance(day)
	l := w.look()
	require.InDelta(t, l.Arrived, l.Served+l.Waiting, 1e-6)
	require.Greater(t, l.Worst.Waiting, 2000.0)
	require.Greater(t, l.Worst.Wait, 20*time.Second)
}

func TestQueueAnswers(t *testing.T) {
	w := newWorld(1)
	w.advance(10 * time.Second)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/queue", http.NoBody))
	require.Regexp(t, `^\{"arrivalsPerSecond":[0-9.]+,"backlog":\d+,"observedAt":"\d{4}-[^"]+Z"\}$`, rec.Body.String())
	rec = httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/other", http.NoBody))
	require.Equal(t, http.StatusNotFound, rec.Code)
}

func TestRows(t *testing.T) {
	looks := []look{
		{State: plant.State{Ready: 2}},
		{State: plant.State{Now: 15 * time.Second, Waiting: 37, Ready: 4, Starting: 2}, Arrivals: 81.7},
		{State: plant.State{Now: 24 * time.Second, Waiting: 6310, Ready: 20}, Arrivals: 512},
	}
	desired := []policy.Desired{policy.Unknown("not_polled"), policy.Replicas(6), policy.Replicas(40)}
	for name, ascii := range map[string]bool{"rows.txt": false, "rows_ascii.txt": true} {
		var b strings.Builder
		b.WriteString(header())
		for i, l := range looks {
			b.WriteString(row(l, desired[i], ascii))
		}
		testgolden.Equal(t, "testdata/"+name, b.String())
	}
}

func TestChanges(t *testing.T) {
	three, four, unknown := decided(3), decided(4), decided(3)
	unknown.Desired = policy.Unknown("not_polled")
	unknown.Trail = []policy.Step{{Stage: policy.StageFailSafe, Reason: policy.ReasonHold, Subject: "backlog"}}
	var b strings.Builder
	for _, o := range []explain.Options{{}, {ASCII: true}, {Colour: true}} {
		b.WriteString(change(nil, unknown, o))
		b.WriteString(change(&unknown, unknown, o))
		b.WriteString(change(&unknown, three, o))
		b.WriteString(change(nil, three, o))
		b.WriteString(change(&three, four, o))
		b.WriteString(change(&four, four, o))
		b.WriteString(change(&four, three, o))
		b.WriteString(change(&four, unknown, o))
	}
	testgolden.Equal(t, "testdata/changes.txt", strings.ReplaceAll(b.String(), "\x1b", "ESC"))
}

func TestIntro(t *testing.T) {
	s := Settings{Seed: 1, Program: "scaler"}
	testgolden.Equal(t, "testdata/intro.txt", intro(s, Endpoints{Ops: explain.DefaultAddress, ExternalMetrics: "https://127.0.0.1:6443"}, "/tmp/ca.crt")+
		intro(s, Endpoints{Ops: "http://127.0.0.1:41234", ExternalMetrics: "https://127.0.0.1:41235"}, "/tmp/ca.crt"))
}

func TestSummary(t *testing.T) {
	w, h := newWorld(1), &history{ups: 1, downs: 2}
	require.Empty(t, summary(h, w.look(), false), "nothing happened")
	for i := range 90 {
		w.order(int32(2 + i/4))
		w.advance(time.Duration(i+1) * time.Second)
		h.add(w.look())
	}
	require.Len(t, h.traffic, 60, "the last day")
	testgolden.Equal(t, "testdata/summary.txt", summary(h, w.look(), false)+summary(h, w.look(), true))
	for _, r := range summary(h, w.look(), true) {
		require.LessOrEqual(t, r, rune(unicode.MaxASCII))
	}
}

func TestBarFillsItsCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(-1, 2).Draw(t, "share")
		cells := rapid.IntRange(0, 40).Draw(t, "cells")
		for _, ascii := range []bool{false, true} {
			require.Equal(t, cells, utf8.RuneCountInString(bar(share, cells, ascii)))
		}
	})
	require.Equal(t, "█▌  ", bar(0.375, 4, false))
	require.Equal(t, "▏   ", bar(0.0001, 4, false), "little is not nothing")
	require.Equal(t, "##  ", bar(0.375, 4, true))
}
