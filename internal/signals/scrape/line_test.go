package scrape

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// FuzzPage reads foreign bytes: what comes of them is a failure or a finite number.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		page, "", "x 1\n", "x{a=\"b\"} 1 2\n", "x 1 # {} 2\n# EOF\n", "{\"x\"} 1\n# EOF\n", "x{a=\"\\\\\"} NaN\n", "x{,} 1\n", "x{a=\"1\",} 1\n",
		"x{a=\"b\"}1\n", "x\t1\n", "x{\"a b\"=\"c\"} 1\n", "x 1_0\n", "x 1e5\nx 1e5\n",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, om bool) {
		media := text
		if om {
			media = openMetrics
		}
		numbers := []*number{newNumber(query(v1alpha1.ScrapeSignal{Metric: "x"})), newNumber(query(v1alpha1.ScrapeSignal{Metric: "x", Rate: true}))}
		for i := range 2 {
			all, failed := find(body, media, numbers)
			if failed != nil {
				require.Equal(t, signals.Parse, failed.Reason)
				return
			}
			for k, n := range numbers {
				o := n.outcome(all[k], window(s(10*i)))
				require.Equal(t, o.Err == nil, len(o.Samples) == 1)
				if o.Err == nil {
					require.False(t, math.IsNaN(o.Samples[0].Value) || math.IsInf(o.Samples[0].Value, 0))
				}
			}
		}
	})
}

// FuzzAgainstPrometheus holds the text format to Prometheus' own decoder: what we
// read it reads too, and as the same.
func FuzzAgainstPrometheus(f *testing.F) {
	for _, seed := range []string{
		`x 1`, `x{a="b"} 1 2`, `x{a="b",c="d",} 1e3`, `x{a="\\\"\n"} -0.5`, "x\t{ a = \"b\" } +Inf", `x NaN -5`, `x:y_z9{} .5`, `x{a="ü"} 1`, `x{A9="b"} 1`, `{"x",a="b"} 1`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.Trim(text, " \t") // blanks at the end Prometheus takes, and this decoder does not
		if strings.ContainsAny(text, "\n\x00") || strings.HasPrefix(text, "#") || text == "" || !utf8.ValidString(text) {
			t.Skip() // no line, or not as find hands it over
		}
		ours, ok := parseLine(text, false)
		if !ok {
			return
		}
		p := expfmt.NewTextParser(model.UTF8Validation)
		families, err := p.TextToMetricFamilies(strings.NewReader(text + "\n"))
		require.NoError(t, err, "%q", text)
		require.Len(t, families, 1)
		theirs := families[ours.name].GetMetric()
		require.Len(t, theirs, 1)
		value := theirs[0].GetUntyped().GetValue()
		require.True(t, value == ours.value || (math.IsNaN(value) && math.IsNaN(ours.value)))
		require.Len(t, theirs[0].GetLabel(), len(ours.labels))
		for _, l := range theirs[0].GetLabel() {
			require.Equal(t, l.GetValue(), ours.get(l.GetName()))
		}
		require.Equal(t, theirs[0].TimestampMs == nil, ours.at.IsZero())
		if theirs[0].TimestampMs != nil {
			require.Equal(t, theirs[0].GetTimestampMs(), ours.at.UnixMilli())
		}
	})
}
