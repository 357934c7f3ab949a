package httpjson

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

func answer(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

func jsonAnswer(body string) http.HandlerFunc { return answer("application/json", body) }

func query(spec v1alpha1.HTTPSignal) Query {
	return Query{Subject: signals.Subject{Provider: "http", Query: spec.Path + " " + spec.Value}, Spec: spec}
}

func newSources(t testing.TB, h http.Handler, specs ...v1alpha1.HTTPSignal) []signals.Source {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	queries := make([]Query, 0, len(specs))
	for _, spec := range specs {
		queries = append(queries, query(spec))
	}
	sources, err := New(v1alpha1.HTTPProvider{URL: s.URL + "/base"}, queries)
	require.NoError(t, err)
	t.Cleanup(sources[0].(*Source).client.CloseIdleConnections)
	return sources
}

// fetch gives the one outcome, a failed fetch as one too.
func fetch(t testing.TB, s signals.Source) signals.Outcome {
	t.Helper()
	outcomes, err := s.Fetch(t.Context(), signals.Window{})
	if err != nil {
		require.Empty(t, outcomes)
		var failed *signals.Error
		require.ErrorAs(t, err, &failed)
		return signals.Outcome{Err: failed}
	}
	require.Len(t, outcomes, 1)
	require.Equal(t, s.Subjects()[0], outcomes[0].Subject)
	return outcomes[0]
}

func TestValue(t *testing.T) {
	modified := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name         string
		contentType  string
		body         string
		value        string
		observedAt   string
		lastModified string
		want         float64
		at           time.Time
	}{
		{name: "number", body: `{"queue":{"length":37}}`, value: `body.queue.length`, want: 37},
		{name: "fraction", body: `{"x":0.25}`, value: `body.x`, want: 0.25},
		{name: "top level", body: ` 42 `, value: `body`, want: 42},
		{name: "array", body: `[1,2,3]`, value: `body[1]`, want: 2},
		{name: "size", body: `{"jobs":[1,2,3]}`, value: `size(body.jobs)`, want: 3},
		{name: "large", body: `{"x":9007199254740991}`, value: `body.x`, want: 9007199254740991},
		{name: "negative", body: `{"x":-1}`, value: `body.x`, want: -1},
		{name: "last of duplicates", body: `{"x":1,"x":2}`, value: `body.x`, want: 2},
		{name: "type with suffix", contentType: "application/vnd.queue+json; charset=utf-8", body: `1`, value: `body`, want: 1},
		{name: "braces in strings", body: `{"s":"` + strings.Repeat(`[{\"`, 100) + `","x":5}`, value: `body.x`, want: 5},
		{name: "deep enough", body: strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), value: `size(body)`, want: 1},
		{name: "observed as text", body: `{"x":1,"t":"2026-11-22T09:00:00.5+01:00"}`, value: `body.x`, observedAt: `body.t`, want: 1, at: modified.Add(500 * time.Millisecond)},
		{name: "observed as Unix time", body: `{"x":1,"t":1795334400}`, value: `body.x`, observedAt: `body.t`, want: 1, at: modified},
		{name: "last modified", body: `{"x":1}`, value: `body.x`, lastModified: modified.Format(http.TimeFormat), want: 1, at: modified},
		{name: "body before header", body: `{"x":1,"t":1795334400}`, value: `body.x`, observedAt: `body.t`, lastModified: modified.Add(time.Hour).Format(http.TimeFormat), want: 1, at: modified},
		{name: "header is no time", body: `{"x":1}`, value: `body.x`, lastModified: "yesterday", want: 1},
		{name: "header of another age", body: `{"x":1}`, value: `body.x`, lastModified: "Mon, 01 Jan 0001 00:00:00 GMT", want: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			contentType := tc.contentType
			if contentType == "" {
				contentType = "application/json"
			}
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tc.lastModified != "" {
					w.Header().Set("Last-Modified", tc.lastModified)
				}
				answer(contentType, tc.body)(w, r)
			})
			o := fetch(t, newSources(t, h, v1alpha1.HTTPSignal{Path: "/x", Value: tc.value, ObservedAt: tc.observedAt})[0])
			require.Nil(t, o.Err)
			require.Equal(t, []signals.Sample{{At: tc.at, Value: tc.want}}, o.Samples)
			require.False(t, o.RaiseOnly)
		})
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"x":`)
}

func TestBadAnswers(t *testing.T) {
	const good = `{"x":37}`
	for _, tc := range []struct {
		name     string
		handler  http.HandlerFunc
		want     signals.Reason
		answered bool
	}{
		{"empty body", jsonAnswer(""), signals.Parse, false},
		{"blank body", jsonAnswer(" \n"), signals.Parse, false},
		{"HTML", answer("text/html", "<html>hunter2</html>"), signals.Parse, false},
		{"HTML called JSON", jsonAnswer("<html>hunter2</html>"), signals.Parse, false},
		{"JSON called HTML", answer("text/html", good), signals.Parse, false},
		{"JSON called text", answer("text/plain", good), signals.Parse, false},
		{"JSON called nothing sensible", answer("json", good), signals.Parse, false},
		{"half a value", jsonAnswer(`{"x":3`), signals.Parse, false},
		{"broken off", half, signals.Parse, false},
		{"two values", jsonAnswer(good + good), signals.Parse, false},
		{"rest after it", jsonAnswer(good + "hunter2"), signals.Parse, false},
		{"ten million elements", jsonAnswer(`{"x":[` + strings.Repeat("1,", 5_000_000) + "1]}"), signals.Parse, false},
		{"a byte too large", jsonAnswer(good + strings.Repeat(" ", maxBody-len(good)+1)), signals.Parse, false},
		{"too deep", jsonAnswer(strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)), signals.Parse, false},
		{"far too deep", jsonAnswer(strings.Repeat(`{"x":`, 10_000)), signals.Parse, false},
		{"not UTF-8", jsonAnswer("\xff\xfe"), signals.Parse, false},
		{"too large a number", jsonAnswer(`{"x":1e400}`), signals.Parse, false},
		{"NaN", jsonAnswer(`{"x":NaN}`), signals.Parse, false},
		{"number as text", jsonAnswer(`{"x":"12"}`), signals.Parse, false},
		{"word", jsonAnswer(`{"x":"hunter2"}`), signals.Parse, false},
		{"true", jsonAnswer(`{"x":true}`), signals.Parse, false},
		{"object", jsonAnswer(`{"x":{"hunter2":1}}`), signals.Parse, false},
		{"list", jsonAnswer(`{"x":[37]}`), signals.Parse, false},
		{"no such key", jsonAnswer(`{"hunter2":37}`), signals.Parse, false},
		{"another shape", jsonAnswer(`[37]`), signals.Parse, false},
		{"null document", jsonAnswer(`null`), signals.Parse, false},
		{"null", jsonAnswer(`{"x":null}`), signals.Absent, true},
		{"no content", status(http.StatusNoContent, ""), signals.Parse, false},
		{"redirect", status(http.StatusFound, good), signals.Unavailable, false},
		{"not modified", status(http.StatusNotModified, ""), signals.Unavailable, false},
		{"bad request", status(http.StatusBadRequest, good), signals.Unavailable, false},
		{"unauthorized", status(http.StatusUnauthorized, "hunter2"), signals.Auth, false},
		{"forbidden", status(http.StatusForbidden, "hunter2"), signals.Auth, false},
		{"not found", status(http.StatusNotFound, good), signals.Missing, false},
		{"too many requests", status(http.StatusTooManyRequests, good), signals.Throttled, false},
		{"server error", status(http.StatusInternalServerError, good), signals.Unavailable, false},
		{"large server error", status(http.StatusInternalServerError, strings.Repeat("x", 2*maxBody)), signals.Unavailable, false},
		{"gateway timeout", status(http.StatusGatewayTimeout, good), signals.Timeout, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fetch(t, newSources(t, tc.handler, v1alpha1.HTTPSignal{Path: "/x", Value: "body.x"})[0])
			require.Empty(t, o.Samples)
			require.NotNil(t, o.Err)
			require.Equal(t, tc.want, o.Err.Reason, o.Err.Error())
			require.Equal(t, tc.answered, o.Err.Answered)
			require.NotContains(t, o.Err.Error(), "hunter2")
		})
	}
}

func TestBadExpressionResults(t *testing.T) {
	for _, tc := range []struct {
		name, value, observedAt string
		want                    signals.Reason
	}{
		{"no traffic", "body.zero / body.zero", "", signals.Absent},
		{"infinite", "body.one / body.zero", "", signals.Invalid},
		{"null by choice", "body.zero > 0.0 ? body.one : null", "", signals.Absent},
		{"observed never", "body.one", "body.none", signals.Parse},
		{"observed null", "body.one", "body.nothing", signals.Parse},
		{"observed as a word", "body.one", "body.word", signals.Parse},
		{"observed in 1900", "body.one", "'1900-01-01T00:00:00Z'", signals.Invalid},
		{"observed in 9000", "body.one", "'9000-01-01T00:00:00Z'", signals.Invalid},
		{"observed in milliseconds", "body.one", "1795334400000", signals.Parse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := jsonAnswer(`{"zero":0,"one":1,"nothing":null,"word":"hunter2"}`)
			o := fetch(t, newSources(t, h, v1alpha1.HTTPSignal{Path: "/x", Value: tc.value, ObservedAt: tc.observedAt})[0])
			require.NotNil(t, o.Err)
			require.Equal(t, tc.want, o.Err.Reason, o.Err.Error())
			require.Empty(t, o.Samples)
			require.NotContains(t, o.Err.Error(), "hunter2")
		})
	}
}

func TestOneGetForADocument(t *testing.T) {
	var paths []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.Method+" "+r.URL.String())
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		jsonAnswer(`{"a":1,"b":2}`)(w, r)
	})
	sources := newSources(t, h,
		v1alpha1.HTTPSignal{Path: "/x", Value: "body.a"},
		v1alpha1.HTTPSignal{Path: "/y", Value: "body.a"},
		v1alpha1.HTTPSignal{Path: "/x", Value: "body.missing"},
		v1alpha1.HTTPSignal{Path: "/x", Value: "body.b"},
		v1alpha1.HTTPSignal{Path: "/x?y=1", Value: "body.b"},
	)
	require.Len(t, sources, 3)
	outcomes, err := sources[0].Fetch(t.Context(), signals.Window{})
	require.NoError(t, err)
	require.Equal(t, []string{"GET /base/x"}, paths)
	require.Len(t, outcomes, 3)
	for i, o := range outcomes {
		require.Equal(t, sources[0].Subjects()[i], o.Subject)
		require.InDelta(t, -time.Hour, o.Skew, float64(2*time.Second))
	}
	require.InDelta(t, 1, outcomes[0].Samples[0].Value, 0)
	require.Equal(t, signals.Parse, outcomes[1].Err.Reason)
	require.InDelta(t, 2, outcomes[2].Samples[0].Value, 0)
}

func TestGzipBomb(t *testing.T) {
	zeros := make([]byte, 1<<20)
	var sent atomic.Int32
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 1 << 10 {
			if _, err := z.Write(zeros); err != nil || z.Flush() != nil {
				return
			}
			sent.Add(1)
		}
	})
	source := newSources(t, h, v1alpha1.HTTPSignal{Path: "/x", Value: "body.x"})[0]
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := fetch(t, source)
	runtime.ReadMemStats(&after)
	require.Equal(t, signals.Parse, o.Err.Reason)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
	require.Less(t, sent.Load(), int32(1<<10))
}

func TestHang(t *testing.T) {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	source := newSources(t, h, v1alpha1.HTTPSignal{Path: "/x", Value: "body.x"})[0]
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := source.Fetch(ctx, signals.Window{})
	var failed *signals.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, signals.Timeout, failed.Reason)
}

func TestBadSettings(t *testing.T) {
	good := v1alpha1.HTTPSignal{Path: "/x", Value: "body.x"}
	for _, tc := range []struct {
		name   string
		spec   v1alpha1.HTTPProvider
		signal v1alpha1.HTTPSignal
		want   string
	}{
		{"URL", v1alpha1.HTTPProvider{URL: "http://user:hunter2@a.test"}, good, "url: "},
		{"headers", v1alpha1.HTTPProvider{URL: "http://a.test", Headers: map[string]v1alpha1.Secret{"Host": "hunter2"}}, good, "headers: "},
		{"path", v1alpha1.HTTPProvider{URL: "http://a.test"}, v1alpha1.HTTPSignal{Path: "/../x", Value: "body"}, "path: "},
		{"value", v1alpha1.HTTPProvider{URL: "http://a.test"}, v1alpha1.HTTPSignal{Path: "/x", Value: "body."}, "value of "},
		{"observedAt", v1alpha1.HTTPProvider{URL: "http://a.test"}, v1alpha1.HTTPSignal{Path: "/x", Value: "body", ObservedAt: "bodi"}, "observedAt of "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := New(tc.spec, []Query{query(tc.signal)})
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}
