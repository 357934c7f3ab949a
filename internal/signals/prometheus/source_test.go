package prometheus

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

const evaluation = 1_800_000_000 // the windows' end in these tests

func window() signals.Window { return signals.Window{To: time.Unix(evaluation, 0).UTC()} }

// vector is an answer of these values, stamped with the evaluation as servers do.
func vector(values ...string) string {
	series := make([]string, 0, len(values))
	for i, v := range values {
		series = append(series, fmt.Sprintf(`{"metric":{"i":"%d"},"value":[%d,"%s"]}`, i, evaluation, v))
	}
	return `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(series, ",") + `]}}`
}

func scalar(v string) string {
	return fmt.Sprintf(`{"status":"success","data":{"resultType":"scalar","result":[%d,"%s"]}}`, evaluation, v)
}

// fixed answers age queries and others.
func fixed(age, answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.FormValue("query"), "timestamp(") {
			io.WriteString(w, age)
			return
		}
		io.WriteString(w, answer)
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func newSource(t testing.TB, h http.Handler, query v1alpha1.PrometheusSignal) signals.Source {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	subject := signals.Subject{Provider: "prom", Query: query.Query}
	sources, err := New(v1alpha1.PrometheusProvider{URL: s.URL}, []Query{{Subject: subject, Spec: query}})
	require.NoError(t, err)
	require.Len(t, sources, 1)
	require.Equal(t, []signals.Subject{subject}, sources[0].Subjects())
	t.Cleanup(sources[0].(*Source).client.(*client).http.CloseIdleConnections)
	return sources[0]
}

// fetch gives the one outcome, a failed fetch as one too.
func fetch(t testing.TB, s signals.Source) signals.Outcome {
	t.Helper()
	outcomes, err := s.Fetch(t.Context(), window())
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
	recent := vector("1799999987.25")
	for _, tc := range []struct {
		name        string
		age, answer string
		want        float64
		at          time.Time
	}{
		{"vector", recent, vector("37"), 37, time.UnixMilli(1799999987250)},
		{"scalar", recent, scalar("-1.5"), -1.5, time.UnixMilli(1799999987250)},
		{"age as a scalar", scalar("1799999987"), vector("0"), 0, time.Unix(1799999987, 0)},
		{"age at the evaluation", vector("1800000000"), vector("1e3"), 1000, time.Unix(evaluation, 0)},
		{"age a little later", vector("1800000001.5"), vector("1"), 1, time.Unix(evaluation, 0)},
		{"infos", recent, strings.Replace(vector("2"), "{", `{"infos":["PromQL info: x"],`, 1), 2, time.UnixMilli(1799999987250)},
		{"infos among the warnings", recent, strings.Replace(vector("2"), "{", `{"warnings":["PromQL info: x"],`, 1), 2, time.UnixMilli(1799999987250)},
		{"whole", recent, strings.Replace(vector("2"), "{", `{"isPartial":false,`, 1), 2, time.UnixMilli(1799999987250)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fetch(t, newSource(t, fixed(tc.age, tc.answer), v1alpha1.PrometheusSignal{Query: "x"}))
			require.Nil(t, o.Err)
			require.Equal(t, []signals.Sample{{At: tc.at.UTC(), Value: tc.want}}, o.Samples)
			require.False(t, o.RaiseOnly)
		})
	}
}

func TestNoNumber(t *testing.T) {
	recent := vector("1799999987.25")
	histogram := fmt.Sprintf(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[%d,{"count":"1","sum":"1","buckets":[]}]}]}}`, evaluation)
	for _, tc := range []struct {
		name        string
		age, answer string
		want        signals.Reason
		answered    bool
		detail      string
	}{
		{"nothing at all", vector(), vector(), signals.Absent, false, "no series"},
		{"nothing selected, rate() goes on", vector(), vector("0.4"), signals.Absent, false, "no series"},
		{"nothing to say", recent, vector(), signals.Absent, true, "gives nothing"},
		{"NaN", recent, vector("NaN"), signals.Absent, true, "NaN"},
		{"NaN and nothing selected", vector(), vector("NaN"), signals.Absent, false, "no series"},
		{"age NaN", vector("NaN"), vector("1"), signals.Absent, false, "no series"},
		{"infinite", recent, vector("+Inf"), signals.Invalid, false, "infinite"},
		{"minus infinite", recent, scalar("-Inf"), signals.Invalid, false, "infinite"},
		{"too large a number", recent, vector("1e400"), signals.Parse, false, ""},
		{"two series", recent, vector("1", "2"), signals.Parse, false, "the query gives 2 series; aggregate them, as in sum(...)"},
		{"two ages", vector("1", "2"), vector("1"), signals.Parse, false, "the ageQuery gives 2 series"},
		{"age in the future", vector("1800000121"), vector("1"), signals.Invalid, false, "Unix time"},
		{"age in milliseconds", vector("1799999987250"), vector("1"), signals.Invalid, false, "Unix time"},
		{"age infinite", vector("+Inf"), vector("1"), signals.Invalid, false, "Unix time"},
		{"age negative", vector("-1"), vector("1"), signals.Invalid, false, "Unix time"},
		{"histogram", recent, histogram, signals.Parse, false, "histogram"},
		{"matrix", recent, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, signals.Parse, false, ""},
		{"string", recent, `{"status":"success","data":{"resultType":"string","result":[1,"37"]}}`, signals.Parse, false, ""},
		{"unknown type", recent, `{"status":"success","data":{"resultType":"tensor","result":[1,"37"]}}`, signals.Parse, false, ""},
		{"value no string", recent, `{"status":"success","data":{"resultType":"scalar","result":[1,37]}}`, signals.Parse, false, ""},
		{"value a word", recent, vector("many"), signals.Parse, false, ""},
		{"value empty", recent, vector(""), signals.Parse, false, ""},
		{"series without a value", recent, `{"status":"success","data":{"resultType":"vector","result":[{}]}}`, signals.Parse, false, ""},
		{"value without a number", recent, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1800000000]}]}}`, signals.Parse, false, ""},
		{"value null", recent, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1800000000,null]}]}}`, signals.Parse, false, ""},
		{"no value at all", recent, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":null}]}}`, signals.Parse, false, ""},
		{"null scalar", recent, `{"status":"success","data":{"resultType":"scalar","result":[1800000000,null]}}`, signals.Parse, false, ""},
		{"null result", recent, `{"status":"success","data":{"resultType":"vector","result":null}}`, signals.Absent, true, ""},
		{"null series", recent, `{"status":"success","data":{"resultType":"vector","result":[null]}}`, signals.Parse, false, ""},
		{"no data", recent, `{"status":"success"}`, signals.Parse, false, ""},
		{"error with 200", recent, `{"status":"error","errorType":"execution","error":"hunter2"}`, signals.Parse, false, ""},
		{"timeout with 200", recent, `{"status":"error","errorType":"timeout","error":"hunter2"}`, signals.Timeout, false, ""},
		{"warning", recent, strings.Replace(vector("2"), "{", `{"warnings":["hunter2"],`, 1), signals.Partial, false, ""},
		{"warning on the age", strings.Replace(recent, "{", `{"warnings":["hunter2"],`, 1), vector("2"), signals.Partial, false, ""},
		{"partial", recent, strings.Replace(vector("2"), "{", `{"isPartial":true,`, 1), signals.Partial, false, ""},
		{"empty body", recent, "", signals.Parse, false, ""},
		{"HTML", recent, "<html><body>37 hunter2</body></html>", signals.Parse, false, ""},
		{"null", recent, "null", signals.Parse, false, ""},
		{"array", recent, "[]", signals.Parse, false, ""},
		{"half", recent, vector("37")[:40], signals.Parse, false, ""},
		{"more after it", recent, vector("37") + vector("38"), signals.Parse, false, ""},
		{"deep", recent, strings.Repeat("[", 500_000), signals.Parse, false, ""},
		{"too large", recent, strings.Repeat(" ", maxBody+1) + vector("37"), signals.Parse, false, "too large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fetch(t, newSource(t, fixed(tc.age, tc.answer), v1alpha1.PrometheusSignal{Query: "x"}))
			require.Empty(t, o.Samples)
			require.NotNil(t, o.Err)
			require.Equal(t, tc.want, o.Err.Reason, o.Err.Error())
			require.Equal(t, tc.answered, o.Err.Answered)
			require.Contains(t, o.Err.Detail, tc.detail)
			require.NotContains(t, o.Err.Error(), "hunter2")
		})
	}
}

func TestStatuses(t *testing.T) {
	for _, tc := range []struct {
		code  int
		body  string
		want  signals.Reason
		calls int32
	}{
		{http.StatusFound, "", signals.Unavailable, 1},
		{http.StatusBadRequest, `{"status":"error","errorType":"bad_data","error":"hunter2"}`, signals.Parse, 1},
		{http.StatusUnauthorized, "", signals.Auth, 1},
		{http.StatusForbidden, "hunter2", signals.Auth, 1},
		{http.StatusNotFound, "404 page not found", signals.Unavailable, 1},
		{http.StatusMethodNotAllowed, "", signals.Unavailable, 2}, // once more by GET
		{http.StatusUnprocessableEntity, `{"status":"error","errorType":"execution","error":"hunter2"}`, signals.Parse, 1},
		{http.StatusTooManyRequests, "", signals.Throttled, 1},
		{http.StatusInternalServerError, "", signals.Unavailable, 1},
		{http.StatusBadGateway, "<html>hunter2</html>", signals.Unavailable, 1},
		{http.StatusServiceUnavailable, "", signals.Unavailable, 1},
		{http.StatusServiceUnavailable, `{"status":"error","errorType":"timeout","error":"hunter2"}`, signals.Timeout, 1},
		{http.StatusGatewayTimeout, "", signals.Timeout, 1},
		{http.StatusNoContent, "", signals.Parse, 1},
	} {
		t.Run(fmt.Sprint(tc.code, tc.body), func(t *testing.T) {
			var calls atomic.Int32
			answer := status(tc.code, tc.body)
			source := newSource(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				answer(w, r)
			}), v1alpha1.PrometheusSignal{Query: "x"})
			o := fetch(t, source)
			require.Equal(t, tc.want, o.Err.Reason, o.Err.Error())
			require.Equal(t, tc.calls, calls.Load())
			require.NotContains(t, o.Err.Error(), "hunter2")
		})
	}
}

func TestCalls(t *testing.T) {
	for _, tc := range []struct {
		name  string
		query v1alpha1.PrometheusSignal
		want  []string
	}{
		{"age first", v1alpha1.PrometheusSignal{Query: "sum(x)"}, []string{"min(timestamp(x))", "sum(x)"}},
		{"own age", v1alpha1.PrometheusSignal{Query: "sum(x)", AgeQuery: "max(timestamp(y))"}, []string{"max(timestamp(y))", "sum(x)"}},
		{"another dialect", v1alpha1.PrometheusSignal{Query: "default_rollup(x)", AgeQuery: "max(timestamp(y))"}, []string{"max(timestamp(y))", "default_rollup(x)"}},
		{"no selector", v1alpha1.PrometheusSignal{Query: "vector(3)"}, []string{"vector(3)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			source := newSource(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = append(got, r.FormValue("query"))
				if r.URL.Path != "/api/v1/query" || r.FormValue("time") != strconv.Itoa(evaluation) || r.FormValue("timeout") == "" {
					w.WriteHeader(http.StatusBadRequest)
				}
				fixed(vector("1799999990"), vector("3"))(w, r)
			}), tc.query)
			o := fetch(t, source)
			require.Nil(t, o.Err)
			require.Equal(t, tc.want, got)
			require.Equal(t, len(tc.want) == 1, o.RaiseOnly)
			if o.RaiseOnly {
				require.Equal(t, window().To, o.Samples[0].At)
			}
		})
	}
}

func TestWithoutSelectorsNothingIsAnswered(t *testing.T) {
	o := fetch(t, newSource(t, fixed("", vector("NaN")), v1alpha1.PrometheusSignal{Query: "vector(0) / 0"}))
	require.Equal(t, signals.Absent, o.Err.Reason)
	require.False(t, o.Err.Answered)
}

func TestGetWhereThereIsNoPost(t *testing.T) {
	source := newSource(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		fixed(vector("1799999990"), vector("3"))(w, r)
	}), v1alpha1.PrometheusSignal{Query: "x"})
	o := fetch(t, source)
	require.Nil(t, o.Err)
	require.InDelta(t, 3, o.Samples[0].Value, 0)
}

func TestProviderSettings(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/tenant/prometheus/api/v1/query" || r.Header.Get("Authorization") != "Bearer hunter2" || r.Header.Get("X-Scope-Orgid") != "me" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		fixed(vector("1799999990"), vector("3"))(w, r)
	}))
	defer s.Close()
	sources, err := New(v1alpha1.PrometheusProvider{
		URL:     s.URL + "/tenant/prometheus/",
		Auth:    &v1alpha1.Auth{Bearer: &v1alpha1.BearerAuth{Token: "hunter2"}},
		Headers: map[string]v1alpha1.Secret{"X-Scope-OrgID": "me"},
	}, []Query{{Spec: v1alpha1.PrometheusSignal{Query: "x"}}, {Spec: v1alpha1.PrometheusSignal{Query: "y"}}})
	require.NoError(t, err)
	require.Len(t, sources, 2)
	for _, source := range sources {
		o := fetch(t, source)
		require.Nil(t, o.Err)
		require.InDelta(t, time.Hour, o.Skew, float64(2*time.Second))
	}
}

func TestBadSettings(t *testing.T) {
	queries := []Query{{Spec: v1alpha1.PrometheusSignal{Query: "sum("}}}
	for _, tc := range []struct {
		name string
		spec v1alpha1.PrometheusProvider
		want string
	}{
		{"URL", v1alpha1.PrometheusProvider{URL: "http://user:hunter2@a.test"}, "url: "},
		{"TLS", v1alpha1.PrometheusProvider{URL: "http://a.test", TLS: &v1alpha1.TLS{CA: "hunter2"}}, "tls.ca: "},
		{"query", v1alpha1.PrometheusProvider{URL: "http://a.test"}, "parse PromQL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := New(tc.spec, queries)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestHang(t *testing.T) {
	source := newSource(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // so that the server notices the end of the connection
		<-r.Context().Done()
	}), v1alpha1.PrometheusSignal{Query: "x"})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := source.Fetch(ctx, window())
	var failed *signals.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, signals.Timeout, failed.Reason)
}

func TestGzipBomb(t *testing.T) {
	zeros := make([]byte, 64<<10)
	var sent atomic.Int32
	source := newSource(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 16 << 10 { // a gibibyte
			_, err := z.Write(zeros)
			if errors.Join(err, z.Flush(), http.NewResponseController(w).Flush()) != nil {
				return
			}
			sent.Add(1)
		}
	}), v1alpha1.PrometheusSignal{Query: "x"})
	o := fetch(t, source)
	require.Equal(t, signals.Parse, o.Err.Reason)
	require.Less(t, sent.Load(), int32(16<<10))
}
