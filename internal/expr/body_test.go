package expr_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/expr"
)

func TestBodyNumber(t *testing.T) {
	t.Parallel()
	const doc = `{"queue": {"length": 37, "name": "hunter2"}, "on": true, "n": null, "jobs": [{"n": 3}, {"n": 4}], "ms": 1500}`
	tests := []struct {
		src, err string
		want     float64
	}{
		{src: `body.queue.length`, want: 37},
		{src: `body["queue"]["length"] / 10`, want: 3.7},
		{src: `body.jobs[1].n + 1`, want: 5},
		{src: `size(body.jobs)`, want: 2},
		{src: `1u`, want: 1},
		{src: `body.jobs.filter(j, j.n > 3).size()`, want: 1},
		{src: `has(body.nothing) ? body.nothing : 0.0`, want: 0},
		{src: `body.nothing`, err: `the body has no such field`},
		{src: `body.jobs[7].n`, err: `the body has no such field`},
		{src: `body.queue.name`, err: `the expression gave a string; it must give a number`},
		{src: `body.on`, err: `the expression gave a bool; it must give a number`},
		{src: `body.n`, err: `the expression gave a null_type; it must give a number`},
		{src: `body.queue`, err: `the expression gave a map; it must give a number`},
		{src: `body.queue.name + 1`, err: `a field of the body has another type than the expression needs`},
		{src: `double(body.queue.name)`, err: `the expression cannot be evaluated over the body`},
		{src: `body[body.queue.name]`, err: `the body has no such field`},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			b, err := expr.CompileBody(tt.src)
			require.NoError(t, err)
			got, err := b.Number(decode(t, doc))
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
				require.NotContains(t, err.Error(), "hunter2")
				return
			}
			require.NoError(t, err)
			require.InDelta(t, tt.want, got, 0)
		})
	}
}

func TestBodyInstant(t *testing.T) {
	t.Parallel()
	const doc = `{"at": "2026-03-01T12:00:00.5Z", "unix": 1772366400.5, "ms": 1772366400500, "name": "hunter2", "neg": -1, "big": 1e300, "on": true}`
	want := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	tests := []struct{ src, err string }{
		{src: `body.at`},
		{src: `body.unix`},
		{src: `body.ms / 1000`},
		{src: `timestamp(body.at)`},
		{src: `timestamp(body.at) + duration("1s") - duration("1s")`},
		{src: `body.name`, err: `the expression gave a string that is not an RFC 3339 time`},
		{src: `timestamp(body.name)`, err: `the expression cannot be evaluated over the body`},
		{src: `body.neg`, err: `the expression gave a number that is not a Unix time in seconds`},
		{src: `body.big`, err: `the expression gave a number that is not a Unix time in seconds`},
		{src: `body.on`, err: `the expression gave a bool; it must give an RFC 3339 string or a Unix time in seconds`},
		{src: `body.none`, err: `the body has no such field`},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			b, err := expr.CompileBody(tt.src)
			require.NoError(t, err)
			got, err := b.Instant(decode(t, doc))
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.True(t, want.Equal(got), got)
		})
	}
}

func TestCompileBodyRefuses(t *testing.T) {
	t.Parallel()
	_, err := expr.CompileBody(`signals["a"]`)
	require.EqualError(t, err, `column 1: undeclared reference to 'signals'`)
	_, err = expr.CompileBody(" ")
	require.EqualError(t, err, `the expression is empty`)
}

func decode(t *testing.T, doc string) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(doc), &v))
	return v
}
