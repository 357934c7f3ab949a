package prometheus

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/signals"
)

// bytesAPI is a server's answer: age queries are answered well, others with these
// bytes.
type bytesAPI []byte

func (b bytesAPI) URL(string, map[string]string) *url.URL { return &url.URL{} }

func (b bytesAPI) Do(_ context.Context, req *http.Request) (*http.Response, []byte, error) {
	resp := &http.Response{StatusCode: http.StatusOK}
	if err := req.ParseForm(); err != nil || req.PostForm.Get("query") == "age" {
		return resp, []byte(vector("1799999990")), err
	}
	if failed := check(b); failed != nil {
		return nil, nil, failed
	}
	return resp, b, nil
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		vector("37"), vector(), vector("1", "2"), vector("NaN"), vector("+Inf"), vector("1e400"), vector("0x1p4"), scalar("1"), "", "null", "{}", "<html>",
		`{"status":"success","warnings":["x"],"data":{"resultType":"vector","result":[]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}`,
		`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"1","sum":"1"}]}]}}`,
		`{"status":"success","data":{"resultType":"string","result":[1,"37"]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := &Source{query: "query", ageQuery: "age", client: bytesAPI(body), skew: func() time.Duration { return 0 }}
		o := fetch(t, s)
		require.Equal(t, o.Err == nil, len(o.Samples) == 1)
		if o.Err == nil {
			requireHeld(t, body, o.Samples[0])
			return
		}
		require.Contains(t, signals.Reasons(), o.Err.Reason)
	})
}

// requireHeld says that a sample's number is finite and stands in the answer as
// one of its strings.
func requireHeld(t *testing.T, body []byte, s signals.Sample) {
	t.Helper()
	require.False(t, math.IsNaN(s.Value) || math.IsInf(s.Value, 0))
	tokens := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := tokens.Token()
		require.NoError(t, err, "%v is not in the answer", s.Value)
		if text, ok := token.(string); ok {
			if got, err := strconv.ParseFloat(text, 64); err == nil && got == s.Value {
				return
			}
		}
	}
}
