package cloudwatch_test

import (
	"math"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// fuzz feeds answers to a source: none may break it, and what is not a finite
// number of a complete period never becomes a sample.
func fuzz(f *testing.F, protocol v1alpha1.AWSProtocol) {
	f.Helper()
	var answer atomic.Pointer[[]byte]
	s := testaws.Serve(f, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(*answer.Load()) })
	p, err := awsx.New(f.Context(), s.Provider(protocol))
	require.NoError(f, err)
	f.Cleanup(p.Close)
	source := cloudwatch.New(p, []cloudwatch.Query{metric("Sent")})
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer.Store(&raw)
		out, err := source.Fetch(t.Context(), window)
		require.NoError(t, err)
		require.Len(t, out, 1)
		if out[0].Err != nil {
			require.Empty(t, out[0].Samples)
			return
		}
		sample := out[0].Samples[0]
		require.False(t, math.IsNaN(sample.Value) || math.IsInf(sample.Value, 0))
		require.False(t, sample.At.After(window.To))
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(page("", result("q0", "x", "Complete", -1, -2))))
	f.Add([]byte(page("t", result("q0", "x", "PartialData", -1))))
	f.Add([]byte(`{"MetricDataResults":[{"Id":"q0","StatusCode":"Complete","Timestamps":[1e400,-1],"Values":["NaN",null]}]}`))
	fuzz(f, v1alpha1.ProtocolJSON)
}

func FuzzCBOR(f *testing.F) {
	at := &cbor.Tag{ID: 1, Value: cbor.Float64(end.Add(-time.Minute).Unix())}
	f.Add(cbor.Encode(cbor.Map{"MetricDataResults": cbor.List{cbor.Map{
		"Id": cbor.String("q0"), "StatusCode": cbor.String("Complete"), "Timestamps": cbor.List{at}, "Values": cbor.List{cbor.Float64(7)},
	}}}))
	f.Add([]byte{0xbf, 0xff})
	f.Add([]byte("<html>"))
	fuzz(f, v1alpha1.ProtocolCBOR)
}
