package scrape

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	text        = "text/plain; version=0.0.4; charset=utf-8"
	openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
)

func answer(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{contentType}
		_, _ = io.WriteString(w, body)
	}
}

func query(spec v1alpha1.ScrapeSignal) Query {
	p := v1alpha1.ScalingPolicy{Spec: v1alpha1.ScalingPolicySpec{Signals: []v1alpha1.Signal{{SignalSource: v1alpha1.SignalSource{Scrape: &spec}}}}}
	p.Default()
	return Query{Subject: signals.Subject{Provider: "app", Query: spec.Path + " " + spec.Metric}, Spec: spec}
}

func newSources(t testing.TB, h http.Handler, specs ...v1alpha1.ScrapeSignal) []signals.Source {
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

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// window is of a look after so much time, with looks every ten seconds.
func window(after time.Duration) signals.Window {
	to := start.Add(after)
	return signals.Window{From: to.Add(-10 * time.Second), To: to, Mono: time.Hour + after}
}

// fetch gives the one outcome, a failed fetch as one too.
func fetch(t testing.TB, s signals.Source, after time.Duration) signals.Outcome {
	t.Helper()
	outcomes, err := s.Fetch(t.Context(), window(after))
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

const page = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{code="200",handler="/api"} 10
http_requests_total{code="500",handler="/api"} 2
http_requests_total{code="200",handler="/login"} 30

# TYPE temperature gauge
temperature{room="a \"b\" \\ c\nd"} -4.5e0 1795334400000
  temperature { room = "hall" , } 20 1795334401000
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.99"} 0.25
rpc_seconds_count 7
big 9007199254740991
`

func TestValue(t *testing.T) {
	for _, tc := range []struct {
		name string
		spec v1alpha1.ScrapeSignal
		want float64
		at   time.Time
	}{
		{name: "the sum of all", spec: v1alpha1.ScrapeSignal{Metric: "http_requests_total"}, want: 42},
		{name: "with labels", spec: v1alpha1.ScrapeSignal{Metric: "http_requests_total", Labels: map[string]string{"handler": "/api"}}, want: 12},
		{name: "one of them", spec: v1alpha1.ScrapeSignal{Metric: "http_requests_total", Labels: map[string]string{"handler": "/api", "code": "500"}}, want: 2},
		{name: "without a label", spec: v1alpha1.ScrapeSignal{Metric: "http_requests_total", Labels: map[string]string{"method": ""}}, want: 42},
		{name: "average", spec: v1alpha1.ScrapeSignal{Metric: "http_requests_total", Aggregate: v1alpha1.AggregateAverage}, want: 14},
		{name: "largest", spec: v1alpha1.ScrapeSignal{Metric: "http_requests_total", Aggregate: v1alpha1.AggregateMax}, want: 30},
		{name: "smallest", spec: v1alpha1.ScrapeSignal{Metric: "http_requests_total", Aggregate: v1alpha1.AggregateMin}, want: 2},
		{name: "quoted", spec: v1alpha1.ScrapeSignal{Metric: "temperature", Labels: map[string]string{"room": "a \"b\" \\ c\nd"}}, want: -4.5, at: start},
		{name: "the oldest timestamp", spec: v1alpha1.ScrapeSignal{Metric: "temperature"}, want: 15.5, at: start},
		{name: "blanks everywhere", spec: v1alpha1.ScrapeSignal{Metric: "temperature", Labels: map[string]string{"room": "hall"}}, want: 20, at: start.Add(time.Second)},
		{name: "quantile", spec: v1alpha1.ScrapeSignal{Metric: "rpc_seconds", Labels: map[string]string{"quantile": "0.99"}}, want: 0.25},
		{name: "count of a summary", spec: v1alpha1.ScrapeSignal{Metric: "rpc_seconds_count"}, want: 7},
		{name: "large", spec: v1alpha1.ScrapeSignal{Metric: "big"}, want: 9007199254740991},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fetch(t, newSources(t, answer(text, page), tc.spec)[0], 0)
			require.Nil(t, o.Err)
			require.Equal(t, []signals.Sample{{At: tc.at, Value: tc.want}}, o.Samples)
			require.False(t, o.RaiseOnly)
		})
	}
}

func TestOpenMetrics(t *testing.T) {
	body := `# TYPE requests counter
# UNIT requests requests
requests_total{handler="/api"} 5 1795334400.25 # {trace_id="x y"} 1 1795334400.1
requests_created{handler="/api"} 1.7e9
requests_total{handler="/x"} 6 # {trace_id="\"#"} 1
{"quoted.name",handler="/api"} 8
# TYPE state stateset
state{state="on"} 1
# EOF
`
	for metric, want := range map[string]signals.Sample{
		"requests_total": {At: start.Add(250 * time.Millisecond), Value: 11},
		"quoted.name":    {Value: 8},
		"state":          {Value: 1},
	} {
		o := fetch(t, newSources(t, answer(openMetrics, body), v1alpha1.ScrapeSignal{Metric: metric})[0], 0)
		require.Nil(t, o.Err, metric)
		require.Equal(t, []signals.Sample{want}, o.Samples)
	}
}

// TestClient reads what Prometheus' own client library writes, in both formats.
func TestClient(t *testing.T) {
	for name, openMetrics := range map[string]bool{"text": false, "OpenMetrics": true} {
		t.Run(name, func(t *testing.T) {
			reg := prometheus.NewRegistry()
			requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "x"}, []string{"handler"})
			seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "seconds", Help: "a\nb\\"})
			reg.MustRegister(requests, seconds)
			requests.WithLabelValues("/a").(prometheus.ExemplarAdder).AddWithExemplar(3, prometheus.Labels{"trace_id": "} # {"})
			requests.WithLabelValues("\n\"\\").Add(4)
			seconds.Observe(0.5)
			var types []string
			h := promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: openMetrics})
			sources := newSources(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(w, r)
				types = append(types, strings.SplitN(w.Header().Get("Content-Type"), ";", 2)[0])
			}), v1alpha1.ScrapeSignal{Metric: "requests_total"}, v1alpha1.ScrapeSignal{Metric: "seconds_sum"},
				v1alpha1.ScrapeSignal{Metric: "seconds_bucket", Labels: map[string]string{"le": "+Inf"}})
			require.Len(t, sources, 1, "one page")
			outcomes, err := sources[0].Fetch(t.Context(), window(0))
			require.NoError(t, err)
			require.Len(t, outcomes, 3)
			for i, want := range []float64{7, 0.5, 1} {
				require.Nil(t, outcomes[i].Err)
				require.InDelta(t, want, outcomes[i].Samples[0].Value, 0)
			}
			require.Equal(t, []string{map[bool]string{false: textType, true: openMetricsType}[openMetrics]}, types)
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", text)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "x 37\n")
	}
}

func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", text)
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "x 37\n")
}

func TestBadAnswers(t *testing.T) {
	many := func(n int, line string) string { return strings.Repeat(line, n) }
	for _, tc := range []struct {
		name     string
		handler  http.HandlerFunc
		want     signals.Reason
		answered bool
	}{
		{"empty page", answer(text, ""), signals.Missing, false},
		{"only comments", answer(text, "# HELP x hunter2\n# TYPE x gauge\n#\n# hunter2\n"), signals.Missing, false},
		{"another metric", answer(text, "x_total 37\n"), signals.Missing, false},
		{"other labels", answer(text, "x{l=\"hunter2\"} 37\n"), signals.Absent, true},
		{"NaN", answer(text, "x{l=\"a\"} NaN\n"), signals.Absent, true},
		{"one NaN of two", answer(text, "x{l=\"a\"} NaN\nx{l=\"a\",m=\"b\"} 1\n"), signals.Absent, true},
		{"infinite", answer(text, "x{l=\"a\"} +Inf\n"), signals.Invalid, false},
		{"less than everything", answer(text, "x{l=\"a\"} -Inf\n"), signals.Invalid, false},
		{"a sum beyond all", answer(text, "x{l=\"a\"} 1e308\nx{l=\"a\",m=\"b\"} 1e308\n"), signals.Invalid, false},
		{"a number beyond all", answer(text, "x{l=\"a\"} 1e400\n"), signals.Parse, false},
		{"a series twice", answer(text, "x{l=\"a\",m=\"b\"} 1\nx{m=\"b\",l=\"a\"} 1\n"), signals.Parse, false},
		{"a label twice", answer(text, "x{l=\"a\",l=\"b\"} 1\n"), signals.Parse, false},
		{"a timestamp of 1900", answer(text, "x{l=\"a\"} 1 -2208988800000\n"), signals.Invalid, false},
		{"a timestamp of 3000", answer(text, "x{l=\"a\"} 1 32503680000000\n"), signals.Invalid, false},
		{"a timestamp beyond all", answer(text, "x{l=\"a\"} 1 99999999999999999999\n"), signals.Parse, false},
		{"seconds where milliseconds belong", answer(text, "x{l=\"a\"} 1 1795334400.5\n"), signals.Parse, false},
		{"a line with more", answer(text, "x{l=\"a\"} 1 2 hunter2\n"), signals.Parse, false},
		{"an exemplar in the text format", answer(text, "x{l=\"a\"} 1 # {}\n"), signals.Parse, false},
		{"no value", answer(text, "x{l=\"a\"}\n"), signals.Parse, false},
		{"hexadecimal", answer(text, "x{l=\"a\"} 0x10\n"), signals.Parse, false},
		{"quotes that never end", answer(text, "x{l=\"a} 1\n"), signals.Parse, false},
		{"an escape that is none", answer(text, "x{l=\"\\t\"} 1\n"), signals.Parse, false},
		{"another line is none", answer(text, "x{l=\"a\"} 1\nhunter2\n"), signals.Parse, false},
		{"no name", answer(text, "{l=\"a\"} 1\n"), signals.Parse, false},
		{"two names", answer(openMetrics, "x{\"x\",l=\"a\"} 1\n# EOF\n"), signals.Parse, false},
		{"broken off in a line", answer(text, "x{l=\"a\"} 1\ny 1234"), signals.Parse, false},
		{"broken off in transit", half, signals.Parse, false},
		{"OpenMetrics that broke off", answer(openMetrics, "x{l=\"a\"} 1\n"), signals.Parse, false},
		{"OpenMetrics with more after its end", answer(openMetrics, "x{l=\"a\"} 1\n# EOF\ny 1\n"), signals.Parse, false},
		{"an end in mid-line", answer(openMetrics, "x{l=\"a\"} 1\ny # EOF\n"), signals.Parse, false},
		{"carriage returns", answer(text, "x{l=\"a\"} 1\r\n"), signals.Parse, false},
		{"HTML called text", answer(text, "<html>hunter2</html>\n"), signals.Parse, false},
		{"JSON called text", answer(text, "{\"x\": 37}\n"), signals.Parse, false},
		{"text called HTML", answer("text/html", "x 37\n"), signals.Parse, false},
		{"text called nothing", answer("", "x 37\n"), signals.Parse, false},
		{"protocol buffers", answer("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", "x"), signals.Parse, false},
		{"not UTF-8", answer(text, "x{l=\"\xff\"} 1\n"), signals.Parse, false},
		{"a zero byte", answer(text, "x{l=\"a\x00\"} 1\n"), signals.Parse, false},
		{"too many series", answer(text, many(maxSeries+1, "x{l=\"a\"} 1\n")), signals.Parse, false},
		{"too large", answer(text, many(maxBody/5+1, "x 37\n")), signals.Parse, false},
		{"one endless line", answer(text, "x{l=\""+many(maxBody, "a")+"\"} 1\n"), signals.Parse, false},
		{"redirect", status(http.StatusFound), signals.Unavailable, false},
		{"unauthorized", status(http.StatusUnauthorized), signals.Auth, false},
		{"not found", status(http.StatusNotFound), signals.Missing, false},
		{"too many requests", status(http.StatusTooManyRequests), signals.Throttled, false},
		{"server error", status(http.StatusInternalServerError), signals.Unavailable, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fetch(t, newSources(t, tc.handler, v1alpha1.ScrapeSignal{Metric: "x", Labels: map[string]string{"l": "a"}})[0], 0)
			require.Empty(t, o.Samples)
			require.NotNil(t, o.Err)
			require.Equal(t, tc.want, o.Err.Reason, o.Err.Error())
			require.Equal(t, tc.answered, o.Err.Answered)
			require.NotContains(t, o.Err.Error(), "hunter2")
		})
	}
}

func TestOneGetForAPage(t *testing.T) {
	var paths []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.Method+" "+r.URL.String()+" "+r.Header.Get("Accept"))
		w.Header().Set("Date", start.Format(http.TimeFormat))
		answer(text, "a 1\nb 2\n")(w, r)
	})
	sources := newSources(t, h, v1alpha1.ScrapeSignal{Metric: "a"}, v1alpha1.ScrapeSignal{Metric: "a", Path: "/other?name[]=a"},
		v1alpha1.ScrapeSignal{Metric: "missing"}, v1alpha1.ScrapeSignal{Metric: "b"})
	require.Len(t, sources, 2)
	outcomes, err := sources[0].Fetch(t.Context(), window(0))
	require.NoError(t, err)
	require.Equal(t, []string{"GET /base/metrics " + accept}, paths)
	require.Len(t, outcomes, 3)
	for i, o := range outcomes {
		require.Equal(t, sources[0].Subjects()[i], o.Subject)
		require.NotZero(t, o.Skew)
	}
	require.InDelta(t, 1, outcomes[0].Samples[0].Value, 0)
	require.Equal(t, signals.Missing, outcomes[1].Err.Reason)
	require.InDelta(t, 2, outcomes[2].Samples[0].Value, 0)
}

func TestNew(t *testing.T) {
	for _, bad := range []v1alpha1.HTTPProvider{{URL: "ftp://x"}, {URL: "http://x", TLS: &v1alpha1.TLS{CA: "no PEM"}}} {
		_, err := New(bad, nil)
		require.Error(t, err)
	}
	_, err := New(v1alpha1.HTTPProvider{URL: "http://x"}, []Query{query(v1alpha1.ScrapeSignal{Path: "/../x", Metric: "x"})})
	require.ErrorContains(t, err, "path: ")
}
