package expr_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/expr"
)

func TestNumbersEval(t *testing.T) {
	t.Parallel()
	known := map[string]float64{"backlog": 37, "order-rate": 12.5, "zero": 0}
	tests := []struct {
		src   string
		names []string
		want  float64
	}{
		{`math.ceil(signals["backlog"] / 10.0)`, []string{"backlog"}, 4},
		{`signals["backlog"] / 10`, []string{"backlog"}, 3.7},
		{`10 * signals["backlog"]`, []string{"backlog"}, 370},
		{`1 + signals["backlog"] - 2`, []string{"backlog"}, 36},
		{`signals.backlog / 10`, []string{"backlog"}, 3.7},
		{`signals["order-rate"] + signals["backlog"] + signals["backlog"]`, []string{"backlog", "order-rate"}, 86.5},
		{`math.greatest(signals["backlog"], 40)`, []string{"backlog"}, 40},
		{`math.greatest(signals["backlog"], signals["order-rate"], 1) / 2`, []string{"backlog", "order-rate"}, 18.5},
		{`signals["backlog"] > 30 ? 5 : 2`, []string{"backlog"}, 5},
		{`7 / 2`, nil, 3},
		{`int(signals["backlog"]) % 10`, []string{"backlog"}, 7},
		{`signals["backlog"] / signals["zero"]`, []string{"backlog", "zero"}, math.Inf(1)},
		{`[1, 2, 3].exists(n, n == 2) ? signals["backlog"] : 0.0`, []string{"backlog"}, 37},
		{`3`, nil, 3},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			n, err := expr.CompileNumbers(tt.src, "signals", []string{"zero", "backlog", "order-rate"})
			require.NoError(t, err)
			require.Equal(t, tt.names, n.Names())
			values := make([]float64, 0, len(n.Names()))
			for _, name := range n.Names() {
				values = append(values, known[name])
			}
			got, err := n.Eval(values)
			require.NoError(t, err)
			require.Equal(t, tt.want, got) //nolint:testifylint // exact by intent, infinities included
		})
	}
}

func TestCompileNumbersRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, want string }{
		{``, `the expression is empty`},
		{`signals["backlg"] / 10`, `signals["backlg"] does not exist; did you mean backlog? allowed are "backlog", "rate"`},
		{`signals.nothing`, `signals["nothing"] does not exist; allowed are "backlog", "rate"`},
		{`signals[signals["rate"] > 1 ? "rate" : "backlog"]`, `signals may only be used as signals["name"] with a name in quotes; allowed are "backlog", "rate"`},
		{`size(signals)`, `signals may only be used as signals["name"] with a name in quotes; allowed are "backlog", "rate"`},
		{`signals.exists(k, k == "x") ? 1 : 2`, `signals may only be used as signals["name"] with a name in quotes; allowed are "backlog", "rate"`},
		{`has(signals.rate) ? 1 : 2`, `signals may only be used as signals["name"] with a name in quotes; allowed are "backlog", "rate"`},
		{`"rate" in signals ? 1 : 2`, `signals may only be used as signals["name"] with a name in quotes; allowed are "backlog", "rate"`},
		{`[signals][0]["rate"]`, `signals may only be used as signals["name"] with a name in quotes; allowed are "backlog", "rate"`},
		{`signals["rate"] > 1`, `the expression gives a bool; it must give a number`},
		{`"ten"`, `the expression gives a string; it must give a number`},
		{`ceil(signals["rate"])`, `column 5: undeclared reference to 'ceil'; write math.ceil`},
		{`signals["rate"] / "10"`, `column 17: found no matching overload for '_/_' applied to '(double, string)'`},
		{`signals["rate"] +`, `column 18: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`},
		{`body.x`, `column 1: undeclared reference to 'body'`},
		{`1 +` + strings.Repeat(" ", 5000) + `1`, `the expression has 5004 bytes; at most 4096 are allowed`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.40s", tt.src), func(t *testing.T) {
			t.Parallel()
			_, err := expr.CompileNumbers(tt.src, "signals", []string{"rate", "backlog"})
			require.EqualError(t, err, tt.want)
		})
	}
}

func TestNumbersCostIsBounded(t *testing.T) {
	t.Parallel()
	ten := `[1,2,3,4,5,6,7,8,9,10]`
	src := `1.0`
	for range 8 {
		src = ten + `.map(x, ` + src + `)[0]`
	}
	n, err := expr.CompileNumbers(src, "signals", nil)
	require.NoError(t, err)
	_, err = n.Eval(nil)
	require.ErrorIs(t, err, expr.ErrCost)
}

func TestNumbersEvalErrors(t *testing.T) {
	t.Parallel()
	n, err := expr.CompileNumbers(`1 / int(signals["rate"])`, "signals", []string{"rate"})
	require.NoError(t, err)
	_, err = n.Eval([]float64{0})
	require.EqualError(t, err, "evaluate the expression: division by zero")
	_, err = n.Eval([]float64{math.NaN()})
	require.Error(t, err)
	_, err = n.Eval(nil)
	require.EqualError(t, err, "the expression needs 1 values and was given 0")
}

func TestNumbersIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	n, err := expr.CompileNumbers(`signals["a"] * 2 + signals["b"]`, "signals", []string{"a", "b"})
	require.NoError(t, err)
	var wg sync.WaitGroup
	got := make([]float64, 64)
	for i := range got {
		wg.Go(func() { got[i], _ = n.Eval([]float64{float64(i), 1}) })
	}
	wg.Wait()
	for i, v := range got {
		require.InDelta(t, float64(2*i+1), v, 0)
	}
}

func FuzzCompileNumbers(f *testing.F) {
	for _, s := range []string{`signals["a"] / 10`, `math.ceil(signals.a)`, `[1].map(x, x)[0]`, `signals[`, "1u + 2u"} {
		f.Add(s, 1.5)
	}
	f.Fuzz(func(t *testing.T, src string, v float64) {
		n, err := expr.CompileNumbers(src, "signals", []string{"a"})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		values := make([]float64, len(n.Names()))
		for i := range values {
			values[i] = v
		}
		_, _ = n.Eval(values) // must come back
	})
}
