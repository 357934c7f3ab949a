package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/report"
)

func page() *report.Page {
	seven := 7.0
	return &report.Page{
		Title: "shop/orders on <flash>.csv", Notes: []string{"a </script><script>alert(1)</script> note"},
		Times: []int64{0, 60}, Demand: []*float64{&seven, nil}, Oracle: []float64{1, 2}, Columns: []string{"late"},
		Runs: []report.Run{
			{Name: "shop/orders", Ready: []float64{1, 2}, Late: []float64{0, 0.5}, Scores: []string{"0.1 %"}, Worst: &report.Worst{From: 0, To: 600, Text: "late", Trail: "max 7\n"}},
			{Name: "hpa </script>", Ready: []float64{1, 1}, Late: []float64{0, 0}, Scores: []string{"0 %"}},
		},
		Frontiers: []report.Frontier{{Name: "hpa", Points: []report.Point{{Target: 0.7, Late: 0.01, Hours: 12}}}},
	}
}

func written(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, report.Write(&out, page()))
	return out.String()
}

func TestNothingOfADocumentEndsTheScript(t *testing.T) {
	text := written(t)
	require.Equal(t, 2, strings.Count(text, "<script>"))
	require.Equal(t, 2, strings.Count(text, "</script>"))
	require.NotContains(t, text, "<script>alert")
	require.Contains(t, text, "shop/orders on &lt;flash&gt;.csv")
}

// TestNothingIsFetched: whatever names a host is text, of a licence or a comment.
func TestNothingIsFetched(t *testing.T) {
	text := written(t)
	for _, attribute := range []string{`src=`, `href=`, `@import`, `url(`} {
		require.NotContains(t, text, attribute)
	}
	require.NotRegexp(t, `fetch\(|XMLHttpRequest|WebSocket|EventSource|import\(`, text)
	require.Contains(t, text, `default-src 'none'`)
}

func TestEveryChartHasATable(t *testing.T) {
	text := written(t)
	require.Contains(t, text, "<td>0.1 %</td>")
	require.Contains(t, text, "<td>12.0</td>")
	require.Contains(t, text, `id="table"`)
	require.Contains(t, text, "Nowhere: nothing was late.")
	require.Contains(t, text, "<pre>max 7\n</pre>")
}
