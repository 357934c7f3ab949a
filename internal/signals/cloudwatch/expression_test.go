package cloudwatch

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRename(t *testing.T) {
	ids := []string{"m1", "m2", "e", "m1_x"}
	names := map[string]string{"m1": "q0", "m2": "q1", "e": "q2", "m1_x": "q3"}
	for source, want := range map[string]string{
		"m1+m2":                          "q0+q1",
		"m1/PERIOD(m1)":                  "q0/PERIOD(q0)",
		"m1_x-m1":                        "q3-q0",
		"1e5*e":                          "1e5*q2",
		"1.5e-3*m1+2e":                   "1.5e-3*q0+2q2",
		`SEARCH('m1 "m2"', 'Sum') + m1`:  `SEARCH('m1 "m2"', 'Sum') + q0`,
		`"m1" m1`:                        `"m1" q0`,
		"FILL(m1, REPEAT) > 0 AND m2":    "FILL(q0, REPEAT) > 0 AND q1",
		"IF(m1 > 0, m1, 0)\t+\nm2":       "IF(q0 > 0, q0, 0)\t+\nq1",
		"abs (m1)":                       "abs (q0)",
		"SELECT MAX(x) FROM m1 GROUP BY": "SELECT MAX(x) FROM q0 GROUP BY",
		"m1 × 2":                         "q0 × 2",
	} {
		e, failure := parse(source, ids)
		require.Nil(t, failure, source)
		require.Equal(t, want, e.rename(names))
		require.Equal(t, source, e.String())
	}
	for _, source := range []string{"m3", "m1+q0", "m1 + 'x", `"`, "m1x"} {
		_, failure := parse(source, ids)
		require.NotNil(t, failure, source)
	}
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"m1+m2", "1e5e", `'"`, "SUM(METRICS('m1'))", "\xff m1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		e, failure := parse(source, []string{"m1"})
		if failure != nil {
			return
		}
		require.Equal(t, source, e.String(), "nothing is lost")
		var b strings.Builder
		for _, token := range e.tokens {
			require.NotEmpty(t, token.text)
			b.WriteString(token.text)
		}
		require.Equal(t, source, b.String())
	})
}
