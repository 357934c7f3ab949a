package httpjson

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"x":37}`, `{"x":37,"t":1795334400}`, `{"x":1e400,"t":"2026-11-22T09:00:00Z"}`, `{"x":null}`, `{"x":"12"}`, `{"x":[1]}`,
		``, `null`, `[]`, `{"x":1}{"x":2}`, `<html>`, `{"x":0.1,"t":-1}`, `{"x":1,"t":1e300}`, `{"x":1,"x":2}`, `[[[[[[[[`, `{"x":"\"[\\"}`,
	} {
		f.Add([]byte(seed))
	}
	picked, err := newValue(query(v1alpha1.HTTPSignal{Value: "body.x", ObservedAt: "body.t"}))
	require.NoError(f, err)
	plain, err := newValue(query(v1alpha1.HTTPSignal{Value: "body.x"}))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		require.LessOrEqual(t, depth(body), len(body))
		document, err := parseBody(body)
		if err != nil {
			var failed *signals.Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, signals.Parse, failed.Reason)
			return
		}
		for _, v := range []value{picked, plain} {
			requireHonest(t, body, v.outcome(document, time.Time{}))
		}
	})
}

// requireHonest says that an outcome is a failure, or a finite number that stands
// in the body with an instant that can be counted with.
func requireHonest(t *testing.T, body []byte, o signals.Outcome) {
	t.Helper()
	require.Equal(t, o.Err == nil, len(o.Samples) == 1)
	if o.Err != nil {
		return
	}
	s := o.Samples[0]
	require.False(t, math.IsNaN(s.Value) || math.IsInf(s.Value, 0))
	if !s.At.IsZero() {
		require.True(t, believable(s.At))
	}
	tokens := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := tokens.Token()
		require.NoError(t, err, "%v is not in the body", s.Value)
		if n, ok := token.(float64); ok && n == s.Value {
			return
		}
	}
}
